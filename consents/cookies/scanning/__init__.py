"""Looking at our own sites with a browser: what is kept and asked for, before anybody agreed and after.

`ask` makes a scan, `run` carries it out. `walk` drives the browser and knows nothing of the database: Playwright keeps
an event loop in its thread, in which Django opens no connection. So it has a thread of its own and hands back `Sights`,
which `compare` holds against the inventory.
"""
