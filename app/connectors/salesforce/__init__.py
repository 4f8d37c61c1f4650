"""Salesforce CRM: cases and interactions of contacts, by SOQL over the REST API. Quirks: README.md."""
