use clap::{Args, ValueEnum};
use dynacdc_local::ENDPOINT_VARIABLE;

/// What an example takes that uses a DynamoDB.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Seed of the generated writes; one seed gives one output
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Use the DynamoDB with streams at this http:// URL instead of the embedded one
    #[arg(long, value_name = "URL", env = ENDPOINT_VARIABLE, value_parser = endpoint)]
    endpoint: Option<String>,
    /// In which form it is shown
    #[command(flatten)]
    pub form: Form,
}

/// In which form an example shows what it does.
#[derive(Debug, Clone, Args)]
pub struct Form {
    /// Print JSON, one object per line, and nothing else
    #[arg(long)]
    pub json: bool,
    /// When to colour the text; NO_COLOR is respected
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Color,
}

/// When to colour the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Also into a file or pipe.
    Always,
    /// Not at all.
    Never,
}

impl Arguments {
    /// The server to use; none for the embedded one.
    pub fn endpoint(&self) -> Option<&str> {
        // A variable that is set to nothing is how a shell unsets it for one command.
        self.endpoint.as_deref().filter(|url| !url.is_empty())
    }
}

fn endpoint(text: &str) -> Result<String, String> {
    match text.strip_prefix("http://") {
        Some("") => Err("the host is missing".to_owned()),
        None if !text.is_empty() => Err("expected an http:// URL, such as http://localhost:8000".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_http_url_or_nothing() {
        assert_eq!(endpoint("http://localhost:8000").as_deref(), Ok("http://localhost:8000"));
        assert_eq!(endpoint("").as_deref(), Ok(""));
        for wrong in ["localhost:8000", "https://localhost", "http://"] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }
}
