use dynacdc_examples::Failure;
use dynacdc_local::{
    LocalDynamoDb, ScalarAttributeType, TableSpec,
    workload::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE, Write, apply},
};
use dynacdc_record::{Item, StreamArn, StreamViewType};
use std::time::{Duration, SystemTime};

/// The server and the tables that the example has made on it.
pub(crate) struct Stage {
    db: LocalDynamoDb,
    tables: Vec<String>,
}

impl Stage {
    pub(crate) const fn new(db: LocalDynamoDb) -> Self {
        Self { db, tables: Vec::new() }
    }

    pub(crate) const fn db(&self) -> &LocalDynamoDb {
        &self.db
    }

    pub(crate) async fn create(&mut self, table: &str, view_type: StreamViewType) -> Result<StreamArn, Failure> {
        let spec = TableSpec::new(table, PARTITION_KEY, ScalarAttributeType::S)
            .sort_key(SORT_KEY, ScalarAttributeType::S)
            .ttl_attribute(TTL_ATTRIBUTE)
            .view_type(view_type);
        let stream = self.db.create_table(spec).await?;
        self.tables.push(table.to_owned());
        Ok(stream)
    }

    /// Moves the embedded server's clock up to `time`. Another server has a clock of its own.
    pub(crate) fn move_clock_to(&self, time: SystemTime) -> Result<(), Failure> {
        if self.db.is_embedded() {
            let now = self.db.clock()?.now();
            self.db.advance(time.duration_since(now).unwrap_or(Duration::ZERO))?;
        }
        Ok(())
    }

    pub(crate) async fn apply(&self, table: &str, write: &Write) -> Result<(), Failure> {
        Ok(apply(self.db.dynamodb(), table, write).await?)
    }

    /// Every item of a table, read consistently.
    pub(crate) async fn scan(&self, table: &str) -> Result<Vec<Item>, Failure> {
        let scan = self.db.dynamodb().scan().table_name(table).consistent_read(true);
        let mut pages = scan.into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| Failure::request("Scan", error))?;
            items.push(Item::try_from(item).map_err(|error| Failure::request("Scan", error))?);
        }
        Ok(items)
    }

    /// Takes away what the example has made: the embedded server with all it holds, or the tables on another one.
    pub(crate) async fn sweep(self) -> Result<(), Failure> {
        if !self.db.is_embedded() {
            for table in &self.tables {
                let deleted = self.db.dynamodb().delete_table().table_name(table).send().await;
                deleted.map_err(|error| Failure::request("DeleteTable", error))?;
            }
        }
        Ok(self.db.stop().await?)
    }
}
