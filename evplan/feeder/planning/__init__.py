"""What a feeder can take and what would help it: hosting capacity, operating envelopes, phases of charge points, volt-var, a transformer.

hosting.py     customers get panels or chargers at random, until a limit is passed
envelopes.py   what every connection may draw or give in each step, whatever the others do within theirs
phases.py      to which phase each charge point is connected (whole numbers)
voltvar.py     what inverters' reactive power by voltage changes
upgrade.py     a larger transformer against control
"""
