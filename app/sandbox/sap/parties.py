"""Business partners and customers, as SAP describes them."""

from app.sandbox.sap.columns import DATE, FLAG, LANDLINES, MOBILES, TIME, key, text, texts
from app.sandbox.sap.model import EntitySet, Link

SERVICE = "API_BUSINESS_PARTNER"

ENTITY_SETS = {
    "A_BusinessPartner": EntitySet(
        SERVICE,
        ("BusinessPartner",),
        {
            "BusinessPartner": key(10),
            **texts(Customer=10, BusinessPartnerCategory=1, BusinessPartnerFullName=81, FirstName=40, LastName=40),
            **texts(OrganizationBPName1=40, OrganizationBPName2=40, CorrespondenceLanguage=2),
            "CreationDate": DATE,
            "CreationTime": TIME,
            "LastChangeDate": DATE,
            "LastChangeTime": TIME,
            "BusinessPartnerIsBlocked": FLAG,
            "IsMarkedForArchiving": FLAG,
        },
        {
            "to_Customer": Link("A_Customer", {"Customer": "Customer"}, is_many=False),
            "to_BusinessPartnerAddress": Link("A_BusinessPartnerAddress", {"BusinessPartner": "BusinessPartner"}),
        },
    ),
    "A_BusinessPartnerAddress": EntitySet(
        SERVICE,
        ("BusinessPartner", "AddressID"),
        {
            "BusinessPartner": key(10),
            "AddressID": key(10),
            **texts(FullName=80, StreetName=60, HouseNumber=10, AdditionalStreetPrefixName=40, StreetPrefixName=40),
            **texts(CityName=40, Region=3, PostalCode=10, Country=3),
        },
        {
            "to_EmailAddress": Link("A_AddressEmailAddress", {"AddressID": "AddressID"}),
            "to_PhoneNumber": Link("A_AddressPhoneNumber", {"AddressID": "AddressID"}, only=LANDLINES),
            "to_MobilePhoneNumber": Link("A_AddressPhoneNumber", {"AddressID": "AddressID"}, only=MOBILES),
        },
    ),
    "A_AddressEmailAddress": EntitySet(
        SERVICE,
        ("AddressID", "Person", "OrdinalNumber"),
        {
            "AddressID": key(10),
            "Person": key(10),
            "OrdinalNumber": key(3),
            "IsDefaultEmailAddress": FLAG,
            "EmailAddress": text(241),
        },
    ),
    "A_AddressPhoneNumber": EntitySet(
        SERVICE,
        ("AddressID", "Person", "OrdinalNumber"),
        {
            "AddressID": key(10),
            "Person": key(10),
            "OrdinalNumber": key(3),
            "IsDefaultPhoneNumber": FLAG,
            **texts(PhoneNumber=30, InternationalPhoneNumber=30, PhoneNumberType=1),
        },
    ),
    "A_Customer": EntitySet(
        SERVICE,
        ("Customer",),
        {
            "Customer": key(10),
            **texts(CustomerName=80, OrderIsBlockedForCustomer=2, DeliveryIsBlocked=2, BillingIsBlockedForCustomer=2),
            "PostingIsBlocked": FLAG,
            "DeletionIndicator": FLAG,
        },
        {
            "to_CustomerCompany": Link("A_CustomerCompany", {"Customer": "Customer"}),
            "to_CustomerSalesArea": Link("A_CustomerSalesArea", {"Customer": "Customer"}),
        },
    ),
    "A_CustomerCompany": EntitySet(
        SERVICE,
        ("Customer", "CompanyCode"),
        {"Customer": key(10), "CompanyCode": key(4), **texts(PaymentTerms=4, PaymentBlockingReason=1)},
    ),
    "A_CustomerSalesArea": EntitySet(
        SERVICE,
        ("Customer", "SalesOrganization", "DistributionChannel", "Division"),
        {
            "Customer": key(10),
            "SalesOrganization": key(4),
            "DistributionChannel": key(2),
            "Division": key(2),
            **texts(Currency=5, CustomerPaymentTerms=4, OrderIsBlockedForCustomer=2, DeliveryIsBlockedForCustomer=2),
        },
    ),
}
