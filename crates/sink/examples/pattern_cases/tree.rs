use std::fmt::{self, Write};

/// JSON that keeps the order of members and the digits of numbers.
#[derive(Clone)]
pub(crate) enum Tree {
    Object(Vec<(String, Tree)>),
    Array(Vec<Tree>),
    Text(String),
    /// A number or a literal.
    Raw(String),
}

/// A value of an event and the names on the way to it.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) names: Vec<String>,
    pub(crate) value: Tree,
}

impl Tree {
    pub(crate) fn raw(text: impl ToString) -> Self {
        Self::Raw(text.to_string())
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn object<N: Into<String>>(members: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// All values at the ends of paths. The elements of an array are at the path of the array.
    pub(crate) fn leaves(&self) -> Vec<Leaf> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect(&self, names: &mut Vec<String>, found: &mut Vec<Leaf>) {
        match self {
            Self::Object(members) => {
                for (name, value) in members {
                    names.push(name.clone());
                    value.collect(names, found);
                    names.pop();
                }
            }
            Self::Array(elements) => elements.iter().for_each(|element| element.collect(names, found)),
            Self::Text(_) | Self::Raw(_) => found.push(Leaf { names: names.clone(), value: self.clone() }),
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(members) => {
                f.write_char('{')?;
                for (at, (name, value)) in members.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", Self::text(name))?;
                }
                f.write_char('}')
            }
            Self::Array(elements) => {
                f.write_char('[')?;
                for (at, element) in elements.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{element}")?;
                }
                f.write_char(']')
            }
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Raw(text) => f.write_str(text),
        }
    }
}
