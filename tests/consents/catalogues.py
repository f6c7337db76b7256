"""Small catalogue files for tests."""

SMALL = """\
categories:
  registration:
    text: {en: {name: Registration details}}
  location:
    text: {en: {name: Location}}
recipients:
  processors:
    kind: processor
    text: {en: {name: Helpers}}
  adnorth:
    kind: partner
    text: {en: {name: AdNorth}}
retentions:
  account:
    from: account-closed
    period: P30D
    text: {en: {name: As long as you have an account}}
  visit:
    from: collected
    period: P1D
    text: {en: {name: A day}}
services:
  shop:
    text: {en: {name: The shop}}
purposes:
  picks:
    basis: consent
    categories: [registration]
    recipients: [processors]
    retention: account
    text: {en: {name: Picks, description: We pick for you.}}
  ads:
    basis: consent
    categories: [registration]
    recipients: [processors]
    retention: account
    text: {en: {name: Ads, description: We show you ads.}}
"""

ADS = SMALL[SMALL.index("  ads:") :]


def ads(*changes: tuple[str, str]) -> bytes:
    """The file with the entry of the purpose `ads` changed."""
    entry = ADS
    for old, new in changes:
        assert old in entry
        entry = entry.replace(old, new)
    return SMALL.replace(ADS, entry).encode()
