from dsar.datamap.declarations import Exempt, exempt

exempt("cookies.Tracker", Exempt.CATALOGUE)
exempt("cookies.TrackerText", Exempt.CATALOGUE)
exempt("cookies.TrackerVersion", Exempt.CATALOGUE)
exempt("cookies.Site", Exempt.CATALOGUE)
exempt("cookies.SiteOrigin", Exempt.CATALOGUE)
exempt("cookies.SiteText", Exempt.CATALOGUE)
exempt("cookies.Banner", Exempt.CATALOGUE)
exempt("cookies.GoogleSignal", Exempt.CATALOGUE)
# Names and places only, met by a browser that belongs to nobody.
exempt("cookies.Scan", Exempt.NO_PERSONAL_DATA)
exempt("cookies.Finding", Exempt.NO_PERSONAL_DATA)
