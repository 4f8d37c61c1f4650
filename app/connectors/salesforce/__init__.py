"""Salesforce CRM, by SOQL and records over its REST API. Quirks: docs/connectors/salesforce.md."""
