"""Salesforce CRM on the wire: tokens, SOQL queries and their paging."""
