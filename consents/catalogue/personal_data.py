from dsar.datamap.declarations import Exempt, exempt

for model in (
    "DataCategory",
    "DataCategoryText",
    "Recipient",
    "RecipientText",
    "Retention",
    "RetentionText",
    "Service",
    "ServiceText",
    "Purpose",
    "Purpose_categories",
    "Purpose_recipients",
    "PurposeText",
    "PurposeVersion",
):
    exempt(f"catalogue.{model}", Exempt.CATALOGUE)
