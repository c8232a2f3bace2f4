use serde_json::Value;
use std::error::Error;

/// The Terraform module: its files as one, expressions as text in `${}`.
pub(crate) struct Module(Vec<Value>);

impl Module {
    pub(crate) fn read(files: &[&str]) -> Result<Self, Box<dyn Error>> {
        let file = |text: &&str| Ok::<Value, Box<dyn Error>>(hcl::from_str(text)?);
        files.iter().map(file).collect::<Result<_, _>>().map(Self)
    }

    fn block(&self, path: &[&str]) -> &Value {
        let found = self.0.iter().find_map(|file| path.iter().try_fold(file, |value, name| value.get(name)));
        found.unwrap_or(&Value::Null)
    }

    pub(crate) fn resource(&self, kind: &str, name: &str) -> &Value {
        self.block(&["resource", kind, name])
    }

    pub(crate) fn mapping(&self) -> &Value {
        self.resource("aws_lambda_event_source_mapping", "orders")
    }

    pub(crate) fn default(&self, variable: &str) -> &Value {
        self.block(&["variable", variable, "default"])
    }

    pub(crate) fn condition(&self, variable: &str) -> &str {
        self.block(&["variable", variable, "validation", "condition"]).as_str().unwrap_or_default()
    }

    /// Actions and resources of the function's role.
    pub(crate) fn statements(&self) -> Vec<(Value, Value)> {
        let statements = self.block(&["data", "aws_iam_policy_document", "copy", "statement"]).as_array().cloned();
        let parts = |statement: &Value| (statement["actions"].clone(), statement["resources"].clone());
        statements.unwrap_or_default().iter().map(parts).collect()
    }
}
