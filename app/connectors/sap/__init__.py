"""SAP S/4HANA by its OData V2 services. Quirks: docs/connectors/sap.md."""
