use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use dynacdc_record::Item;

use super::write::Write;
use crate::LocalError;

/// Sends one write to a table.
///
/// # Errors
///
/// [`LocalError::Request`] with the SDK's error when the request fails.
pub async fn apply(client: &Client, table: &str, write: &Write) -> Result<(), LocalError> {
    match write {
        Write::Put(item) => {
            let mut put = client.put_item().table_name(table);
            for (name, value) in item {
                put = put.item(name, AttributeValue::from(value.clone()));
            }
            let sent = put.send().await.map(|_| ());
            sent.map_err(|error| LocalError::request("PutItem", error))
        }
        Write::Update { key, set, remove } => update(client, table, key, set, remove).await,
        Write::Delete { key } => {
            let mut delete = client.delete_item().table_name(table);
            for (name, value) in key {
                delete = delete.key(name, AttributeValue::from(value.clone()));
            }
            let sent = delete.send().await.map(|_| ());
            sent.map_err(|error| LocalError::request("DeleteItem", error))
        }
    }
}

/// Every name goes through a placeholder: many are reserved words of the expression language.
async fn update(client: &Client, table: &str, key: &Item, set: &Item, remove: &[String]) -> Result<(), LocalError> {
    let mut update = client.update_item().table_name(table);
    for (name, value) in key {
        update = update.key(name, AttributeValue::from(value.clone()));
    }
    let mut assignments = Vec::new();
    for (index, (name, value)) in set.iter().enumerate() {
        assignments.push(format!("#s{index} = :s{index}"));
        update = update
            .expression_attribute_names(format!("#s{index}"), name)
            .expression_attribute_values(format!(":s{index}"), AttributeValue::from(value.clone()));
    }
    let mut removals = Vec::new();
    for (index, name) in remove.iter().enumerate() {
        removals.push(format!("#r{index}"));
        update = update.expression_attribute_names(format!("#r{index}"), name);
    }
    let clauses: Vec<_> = [("SET", assignments), ("REMOVE", removals)]
        .into_iter()
        .filter(|(_, parts)| !parts.is_empty())
        .map(|(word, parts)| format!("{word} {}", parts.join(", ")))
        .collect();
    if !clauses.is_empty() {
        update = update.update_expression(clauses.join(" "));
    }
    let sent = update.send().await.map(|_| ());
    sent.map_err(|error| LocalError::request("UpdateItem", error))
}
