from dsar.datamap.declarations import Exempt, exempt

for model in (
    "DataCategory",
    "DataCategoryText",
    "Recipient",
    "RecipientText",
    "Retention",
    "RetentionText",
    "Purpose",
    "Purpose_categories",
    "Purpose_recipients",
    "PurposeText",
):
    exempt(f"catalogue.{model}", Exempt.CATALOGUE)
