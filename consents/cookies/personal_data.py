from dsar.datamap.declarations import Exempt, exempt

exempt("cookies.Tracker", Exempt.CATALOGUE)
exempt("cookies.TrackerText", Exempt.CATALOGUE)
exempt("cookies.Site", Exempt.CATALOGUE)
exempt("cookies.SiteOrigin", Exempt.CATALOGUE)
