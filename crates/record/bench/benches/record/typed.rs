//! Bytes to structs, both images of each record, against `aws_lambda_events` and `serde_dynamo`.
//!
//! One definition for both sides, but for the numbers with a fraction or many digits: ours are exact, the peer has no
//! exact type to read them into and takes the nearest `f64`.

use crate::{BUDGET, Fallible};
use aws_lambda_events::event::dynamodb;
use dynacdc_record::{Number, decode_event, from_image};
use dynacdc_record_bench::{Arrangement, Event, Race, Rounds, Size};
use serde::Deserialize;
use serde_bytes::ByteBuf;

#[derive(Debug, PartialEq, Deserialize)]
struct Order<N> {
    pk: String,
    sk: String,
    customer_id: String,
    email: String,
    status: String,
    currency: String,
    note: String,
    created_at: String,
    updated_at: i64,
    shipped_at: Option<i64>,
    version: i64,
    quantity: i64,
    total: N,
    tax: N,
    discount: N,
    score: N,
    balance: N,
    paid: bool,
    gift: bool,
    coupon: Option<String>,
    tags: Vec<String>,
    ratings: Vec<i64>,
    digests: Vec<ByteBuf>,
    thumbnail: ByteBuf,
    address: Address<N>,
    lines: Vec<Line<N>>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Address<N> {
    street: String,
    city: String,
    zip: String,
    latitude: N,
    longitude: N,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Line<N> {
    sku: String,
    name: String,
    quantity: i64,
    price: N,
}

/// The order after and before the change.
type Orders<N> = Vec<[Order<N>; 2]>;

pub(crate) fn race() -> Fallible<Race> {
    let event = Event::of(Size::Medium, Arrangement::OfImage);
    let exact = ours(event.json.clone())?;
    let nearest: Option<Orders<f64>> = exact.into_iter().map(nearest).collect();
    if nearest != Some(peer(&event.json)?) {
        return Err("the structs are not the same".into());
    }
    let rounds = Rounds { records: event.records, bytes: event.json.len(), calls: 1, budget: BUDGET };
    Ok(rounds.run(|| event.json.clone(), ours, || (), |()| peer(&event.json))?)
}

fn ours(event: Vec<u8>) -> Fallible<Orders<Number>> {
    let event = decode_event(event)?;
    let mut orders = Vec::with_capacity(event.len());
    for record in event.records() {
        orders.push([from_image(record.require_new_image()?)?, from_image(record.require_old_image()?)?]);
    }
    Ok(orders)
}

fn peer(event: &[u8]) -> Fallible<Orders<f64>> {
    let event: dynamodb::Event = serde_json::from_slice(event)?;
    let mut orders = Vec::with_capacity(event.records.len());
    for record in event.records {
        let change = record.change;
        orders.push([serde_dynamo::from_item(change.new_image)?, serde_dynamo::from_item(change.old_image)?]);
    }
    Ok(orders)
}

fn nearest([new, old]: [Order<Number>; 2]) -> Option<[Order<f64>; 2]> {
    Some([new.nearest()?, old.nearest()?])
}

fn float(number: &Number) -> Option<f64> {
    number.as_str().parse().ok()
}

impl Order<Number> {
    fn nearest(self) -> Option<Order<f64>> {
        let address = Address {
            street: self.address.street,
            city: self.address.city,
            zip: self.address.zip,
            latitude: float(&self.address.latitude)?,
            longitude: float(&self.address.longitude)?,
        };
        let lines = self.lines.into_iter().map(|line| {
            Some(Line { sku: line.sku, name: line.name, quantity: line.quantity, price: float(&line.price)? })
        });
        Some(Order {
            pk: self.pk,
            sk: self.sk,
            customer_id: self.customer_id,
            email: self.email,
            status: self.status,
            currency: self.currency,
            note: self.note,
            created_at: self.created_at,
            updated_at: self.updated_at,
            shipped_at: self.shipped_at,
            version: self.version,
            quantity: self.quantity,
            total: float(&self.total)?,
            tax: float(&self.tax)?,
            discount: float(&self.discount)?,
            score: float(&self.score)?,
            balance: float(&self.balance)?,
            paid: self.paid,
            gift: self.gift,
            coupon: self.coupon,
            tags: self.tags,
            ratings: self.ratings,
            digests: self.digests,
            thumbnail: self.thumbnail,
            address,
            lines: lines.collect::<Option<_>>()?,
        })
    }
}
