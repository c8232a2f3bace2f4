//! Nothing but tests: what the SAM template and the Terraform module say, and that they say the same.
