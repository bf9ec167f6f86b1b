"""The world: one adapter for each AWS service, in the product's words. The only place that imports boto3."""
