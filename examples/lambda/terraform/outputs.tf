output "orders_table" {
  description = "The table to write to."
  value       = aws_dynamodb_table.orders.name
}

output "copy_table" {
  description = "The copy."
  value       = aws_dynamodb_table.copy.name
}

output "failures_queue" {
  description = "The queue with messages of records that were given up."
  value       = aws_sqs_queue.failures.url
}

output "function_name" {
  description = "The function."
  value       = aws_lambda_function.copy.function_name
}
