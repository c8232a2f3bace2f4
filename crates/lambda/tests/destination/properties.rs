use crate::envelopes;
use dynacdc_lambda::{FailureMessage, FailureResponse, failure_notices};
use dynacdc_record::{SequenceNumber, decode_event};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// Names that mean something to the reader, so that what is made up gets far.
const NAMES: [&str; 24] = [
    "Records",
    "Messages",
    "messageId",
    "MessageId",
    "body",
    "Body",
    "Sns",
    "Message",
    "s3",
    "requestContext",
    "responseContext",
    "DDBStreamBatchInfo",
    "KinesisBatchInfo",
    "payload",
    "condition",
    "approximateInvokeCount",
    "functionArn",
    "requestId",
    "timestamp",
    "streamArn",
    "shardId",
    "startSequenceNumber",
    "endSequenceNumber",
    "batchSize",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        Just(json!("2026-02-03T10:20:30Z")),
        Just(json!("arn:aws:dynamodb:eu-west-1:1:table/t/stream/l")),
        "[0-9]{1,41}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((select(&NAMES[..]), inner.clone()), 0..10)
                .prop_map(|members| members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<Map<_, _>>())
                .prop_map(Value::Object),
            inner.prop_map(|value| Value::String(value.to_string())),
        ]
    })
}

/// What a message says, as one would write it down without knowing the reader.
#[derive(Debug, Clone)]
struct Said {
    condition: String,
    count: u64,
    request: String,
    answer: Option<(u16, Option<String>)>,
    millis: i64,
    label: String,
    shard: String,
    numbers: (String, u8),
    size: u64,
    arrivals: Option<(i64, i64)>,
    records: Option<Vec<String>>,
}

fn said() -> impl Strategy<Value = Said> {
    let answer = option::of((100u16..600, option::of("[A-Za-z.]{1,12}")));
    let seconds = 0i64..4_000_000_000;
    (
        ("[A-Za-z]{1,30}", any::<u64>(), "[0-9a-f-]{36}", answer, 0i64..4_000_000_000_000),
        ("[0-9T:.-]{1,30}", "[ -~]{1,40}", ("[1-9][0-9]{20,36}", any::<u8>()), any::<u64>()),
        (option::of((seconds.clone(), seconds)), option::of(vec("[a-z\"\\\\é]{0,6}", 0..4))),
    )
        .prop_map(
            |((condition, count, request, answer, millis), (label, shard, numbers, size), (arrivals, records))| Said {
                condition,
                count,
                request,
                answer,
                millis,
                label,
                shard,
                numbers,
                size,
                arrivals,
                records,
            },
        )
}

impl Said {
    fn end(&self) -> String {
        format!("{}{:03}", self.numbers.0, self.numbers.1)
    }

    fn payload(&self) -> Option<Value> {
        let record = |(at, key): (usize, &String)| {
            json!({"eventID": at.to_string(), "eventName": "INSERT", "dynamodb": {
                "Keys": {"pk": {"S": format!("k{key}")}}, "SequenceNumber": (at + 1).to_string()}})
        };
        let records = self.records.as_ref()?.iter().enumerate().map(record).collect::<Vec<_>>();
        Some(json!({ "Records": records }))
    }

    fn to_json(&self) -> String {
        let time = |seconds: i64| chrono::DateTime::from_timestamp(seconds, 0).map(|time| time.to_rfc3339());
        let mut message = json!({
            "requestContext": {
                "requestId": self.request,
                "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
                "condition": self.condition,
                "approximateInvokeCount": self.count,
            },
            "version": "1.0",
            "timestamp": chrono::DateTime::from_timestamp_millis(self.millis).map(|time| time.to_rfc3339()),
            "DDBStreamBatchInfo": {
                "shardId": self.shard,
                "startSequenceNumber": self.numbers.0,
                "endSequenceNumber": self.end(),
                "approximateArrivalOfFirstRecord": self.arrivals.and_then(|(first, _)| time(first)),
                "approximateArrivalOfLastRecord": self.arrivals.and_then(|(_, last)| time(last)),
                "batchSize": self.size,
                "streamArn": format!("arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/{}", self.label),
            },
        });
        if let Some((status, error)) = &self.answer {
            message["responseContext"] =
                json!({"statusCode": status, "executedVersion": "$LATEST", "functionError": error});
        }
        if let Some(payload) = self.payload() {
            message["payload"] = payload;
        }
        message.to_string()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_json_makes_it_panic(json in any_json()) {
        if let Ok(notices) = failure_notices(json.to_string()) {
            let _ = FailureMessage::parse(json.to_string());
            prop_assert!(notices.iter().all(|notice| notice.id().is_none_or(|id| json.to_string().contains(&Value::from(id).to_string()))));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..60), at in 0usize..900, text in said()) {
        let _ = failure_notices(&bytes);
        let mut message = text.to_json().into_bytes();
        let at = at.min(message.len());
        message.splice(at..at, bytes);
        let _ = failure_notices(&message);
    }

    /// Whatever member is taken out, the error names it, or it was one that may be absent.
    #[test]
    fn a_missing_member_is_named(said in said(), which in 0usize..15) {
        const MEMBERS: [(&str, bool); 15] = [
            ("/requestContext", true), ("/responseContext", false), ("/version", false), ("/timestamp", true),
            ("/DDBStreamBatchInfo", true), ("/payload", false), ("/requestContext/requestId", true),
            ("/requestContext/functionArn", true), ("/requestContext/condition", true),
            ("/requestContext/approximateInvokeCount", true), ("/DDBStreamBatchInfo/shardId", true),
            ("/DDBStreamBatchInfo/startSequenceNumber", false),
            ("/DDBStreamBatchInfo/approximateArrivalOfFirstRecord", false),
            ("/DDBStreamBatchInfo/batchSize", true), ("/DDBStreamBatchInfo/streamArn", true),
        ];
        let (pointer, required) = MEMBERS[which];
        let mut json: Value = serde_json::from_str(&said.to_json()).map_err(|_| TestCaseError::fail("no JSON"))?;
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(members) = json.pointer_mut(parent).and_then(Value::as_object_mut) {
            members.remove(name);
        }
        match FailureMessage::parse(json.to_string()) {
            Ok(_) => prop_assert!(!required, "{pointer}"),
            Err(error) => {
                prop_assert!(required, "{pointer}: {error}");
                prop_assert_eq!(error.to_string(), format!("{}: missing", pointer[1..].replace('/', ".")));
            }
        }
    }

    #[test]
    fn what_was_written_is_read_in_every_envelope(said in said()) {
        let text = said.to_json();
        let read = FailureMessage::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;

        prop_assert_eq!(read.condition().as_str(), &said.condition);
        prop_assert_eq!((read.invoke_count(), read.batch_size()), (said.count, said.size));
        prop_assert_eq!(read.request_id(), &said.request);
        let answer = read.response().map(|answer| (answer.status_code(), answer.function_error().map(str::to_owned)));
        prop_assert_eq!(answer, said.answer.clone());
        prop_assert_eq!(read.at().timestamp_millis(), said.millis);
        prop_assert_eq!((read.stream().label(), read.shard().as_str()), (&*said.label, &*said.shard));
        let range = read.range().map(|range| range.into_inner());
        let numbers = SequenceNumber::parse(&said.numbers.0).ok().zip(SequenceNumber::parse(&said.end()).ok());
        prop_assert_eq!(range, numbers);
        let arrivals = read.first_arrival().zip(read.last_arrival());
        prop_assert_eq!(arrivals.map(|(a, b)| (a.timestamp(), b.timestamp())), said.arrivals);
        prop_assert_eq!(read.payload().cloned(), said.payload().and_then(|event| decode_event(event.to_string()).ok()));
        prop_assert_eq!(read.response().and_then(FailureResponse::executed_version), said.answer.as_ref().map(|_| "$LATEST"));
        for (name, envelope, _) in envelopes(&text) {
            let inside = FailureMessage::parse(envelope.to_string());
            prop_assert_eq!(inside, Ok(read.clone()), "{}", name);
        }
    }
}
