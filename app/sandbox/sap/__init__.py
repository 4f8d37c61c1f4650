"""SAP S/4HANA on the wire: OData V2 over tables that orders, deliveries and goods movements change."""
