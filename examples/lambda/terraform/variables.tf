variable "name" {
  description = "The name of everything, or the beginning of it."
  type        = string
  default     = "orders"
}

variable "package" {
  description = "The file that `cargo lambda build --release --arm64 --output-format zip` made."
  type        = string
  default     = "../target/lambda/orders-copy/bootstrap.zip"
}

variable "batch_size" {
  description = "The most records of one invocation."
  type        = number
  default     = 100

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000
    error_message = "A batch has 1 to 10000 records."
  }
}

variable "batching_window" {
  description = "Seconds to gather records for a batch that is not full."
  type        = number
  default     = 1

  validation {
    condition     = var.batching_window >= 0 && var.batching_window <= 300
    error_message = "Batches are gathered for 0 to 300 seconds."
  }
}

variable "parallelization_factor" {
  description = "How many batches of a shard run at once. Changes of one item stay in order."
  type        = number
  default     = 1

  validation {
    condition     = var.parallelization_factor >= 1 && var.parallelization_factor <= 10
    error_message = "1 to 10 batches of a shard run at once."
  }
}

variable "maximum_retry_attempts" {
  description = "How often a batch that failed is tried again before it goes to the queue."
  type        = number
  default     = 5

  validation {
    condition     = var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 10000
    error_message = "A batch is tried again 0 to 10000 times."
  }
}

variable "maximum_record_age" {
  description = "Seconds after which a record goes to the queue untried. The stream keeps it for 86400."
  type        = number
  default     = 21600

  validation {
    condition     = var.maximum_record_age >= 60 && var.maximum_record_age <= 86400
    error_message = "A record may be 60 to 86400 seconds old."
  }
}

variable "bisect_batch" {
  description = "Whether a batch at which the function threw is divided in two."
  type        = bool
  default     = true
}

variable "filter_pattern" {
  description = "Which records the function gets. On keys, which do not change. A filter on images misses items that leave it."
  type        = string
  default     = "{\"dynamodb\":{\"Keys\":{\"pk\":{\"S\":[{\"prefix\":\"ORDER#\"}]}}}}"
}

variable "timeout" {
  description = "Seconds that an invocation may take."
  type        = number
  default     = 60

  validation {
    condition     = var.timeout >= 5 && var.timeout <= 900
    error_message = "An invocation takes 5 to 900 seconds."
  }
}

variable "memory_size" {
  description = "Memory of the function in MB. It sets the share of a processor too."
  type        = number
  default     = 256

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "A function has 128 to 10240 MB."
  }
}

variable "iterator_age_alarm" {
  description = "The age in milliseconds of the newest record of a batch at which the alarm goes off."
  type        = number
  default     = 300000

  validation {
    condition     = var.iterator_age_alarm >= 1000 && var.iterator_age_alarm <= 86400000
    error_message = "The alarm goes off at 1000 to 86400000 milliseconds."
  }
}

variable "alarm_topic" {
  description = "The ARN of an SNS topic that is told of alarms. None if empty."
  type        = string
  default     = ""
}
