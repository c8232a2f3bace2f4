use serde_json::{Map, Value};
use serde_norway::Value as Yaml;
use std::error::Error;

/// The SAM template, with the short forms of functions written out: `!Ref X` is `{"Ref": "X"}`.
pub(crate) struct Stack(Value);

impl Stack {
    pub(crate) fn read(yaml: &str) -> Result<Self, Box<dyn Error>> {
        plain(serde_norway::from_str(yaml)?).map(Self)
    }

    pub(crate) fn parameters(&self) -> &Value {
        &self.0["Parameters"]
    }

    /// The properties of a resource.
    pub(crate) fn resource(&self, name: &str) -> &Value {
        &self.0["Resources"][name]["Properties"]
    }

    pub(crate) fn function(&self) -> &Value {
        self.resource("CopyFunction")
    }

    pub(crate) fn mapping(&self) -> &Value {
        &self.function()["Events"]["Stream"]["Properties"]
    }

    /// Actions and resources of the function's role.
    pub(crate) fn statements(&self) -> Vec<(Value, Value)> {
        let policies = &self.resource("CopyRole")["Policies"];
        let statements = policies[0]["PolicyDocument"]["Statement"].as_array().cloned().unwrap_or_default();
        statements.iter().map(|statement| (statement["Action"].clone(), statement["Resource"].clone())).collect()
    }
}

fn plain(yaml: Yaml) -> Result<Value, Box<dyn Error>> {
    Ok(match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let name = tag.trim_start_matches('!');
            let name = if name == "Ref" { name.to_owned() } else { format!("Fn::{name}") };
            Value::Object(Map::from_iter([(name, plain(tagged.value)?)]))
        }
        Yaml::Sequence(list) => list.into_iter().map(plain).collect::<Result<_, _>>()?,
        Yaml::Mapping(members) => {
            let member = |(name, value): (Yaml, Yaml)| {
                Ok::<_, Box<dyn Error>>((name.as_str().ok_or("a name that is no text")?.to_owned(), plain(value)?))
            };
            Value::Object(members.into_iter().map(member).collect::<Result<_, _>>()?)
        }
        scalar => serde_json::to_value(scalar)?,
    })
}
