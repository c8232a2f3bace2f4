use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    TableDescription, TableStatus, TimeToLiveSpecification,
};
use dynacdc_record::StreamViewType;

use super::error::LocalError;

/// Other servers need a moment; a table takes some ten seconds on AWS.
const POLL: Duration = Duration::from_millis(200);
const POLLS: u32 = 300;

/// A table to create: its key, what its stream shows, and its TTL attribute.
///
/// Billing is on demand; there are no secondary indexes. For anything else use the SDK client.
#[derive(Debug, Clone)]
#[must_use]
pub struct TableSpec {
    name: String,
    partition_key: (String, ScalarAttributeType),
    sort_key: Option<(String, ScalarAttributeType)>,
    view_type: StreamViewType,
    ttl_attribute: Option<String>,
}

impl TableSpec {
    /// A table with a partition key and no sort key, whose stream shows both images.
    pub fn new(name: impl Into<String>, partition_key: impl Into<String>, kind: ScalarAttributeType) -> Self {
        Self {
            name: name.into(),
            partition_key: (partition_key.into(), kind),
            sort_key: None,
            view_type: StreamViewType::NewAndOldImages,
            ttl_attribute: None,
        }
    }

    /// Adds a sort key.
    pub fn sort_key(mut self, name: impl Into<String>, kind: ScalarAttributeType) -> Self {
        self.sort_key = Some((name.into(), kind));
        self
    }

    /// What the records of the stream show.
    pub fn view_type(mut self, view_type: StreamViewType) -> Self {
        self.view_type = view_type;
        self
    }

    /// The attribute that holds the time to live: a number, in seconds since 1970.
    pub fn ttl_attribute(mut self, name: impl Into<String>) -> Self {
        self.ttl_attribute = Some(name.into());
        self
    }

    /// Creates the table and waits until it is ACTIVE; the ARN of its stream, if it is to have one.
    pub(super) async fn create(self, client: &Client, with_stream: bool) -> Result<Option<String>, LocalError> {
        let request = |error: BuildError| LocalError::request("CreateTable", error);
        let stream = with_stream
            .then(|| {
                StreamSpecification::builder()
                    .stream_enabled(true)
                    .stream_view_type(self.view_type.as_str().into())
                    .build()
            })
            .transpose()
            .map_err(request)?;
        let mut table = client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_stream_specification(stream);
        let keys = [(Some(&self.partition_key), KeyType::Hash), (self.sort_key.as_ref(), KeyType::Range)];
        for (key, role) in keys {
            let Some((name, kind)) = key else { continue };
            let definition = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(kind.clone())
                .build()
                .map_err(request)?;
            let element = KeySchemaElement::builder().attribute_name(name).key_type(role).build().map_err(request)?;
            table = table.attribute_definitions(definition).key_schema(element);
        }
        table.send().await.map_err(|error| match error.as_service_error() {
            Some(CreateTableError::ResourceInUseException(_)) => LocalError::TableExists { table: self.name.clone() },
            _ => LocalError::request("CreateTable", error),
        })?;
        let description = self.wait_until_active(client, with_stream).await?;
        self.switch_ttl_on(client).await?;
        Ok(description.latest_stream_arn)
    }

    async fn wait_until_active(&self, client: &Client, with_stream: bool) -> Result<TableDescription, LocalError> {
        for _ in 0..POLLS {
            let described = client
                .describe_table()
                .table_name(&self.name)
                .send()
                .await
                .map_err(|error| LocalError::request("DescribeTable", error))?;
            if let Some(table) = described.table.filter(|table| {
                table.table_status == Some(TableStatus::Active) && table.latest_stream_arn.is_some() == with_stream
            }) {
                return Ok(table);
            }
            tokio::time::sleep(POLL).await;
        }
        Err(LocalError::TableNotActive { table: self.name.clone() })
    }

    async fn switch_ttl_on(&self, client: &Client) -> Result<(), LocalError> {
        let Some(attribute) = &self.ttl_attribute else {
            return Ok(());
        };
        let ttl = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name(attribute)
            .build()
            .map_err(|error| LocalError::request("UpdateTimeToLive", error))?;
        client
            .update_time_to_live()
            .table_name(&self.name)
            .time_to_live_specification(ttl)
            .send()
            .await
            .map_err(|error| LocalError::request("UpdateTimeToLive", error))?;
        Ok(())
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}
