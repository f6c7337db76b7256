from dsar.datamap.declarations import Exempt, exempt

exempt("cookies.Tracker", Exempt.CATALOGUE)
exempt("cookies.TrackerText", Exempt.CATALOGUE)
