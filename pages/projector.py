"""Projector: the delivery group's questions, one a screen."""

from anchornet.server.networks import network
from anchornet.store.network import is_sample
from anchornet.ui import projector
from anchornet.ui.filter_bar import picked
from anchornet.ui.session import require

person = require("see_network_figures")
filters = picked(person)
database = network().database
screens = projector.screens(database, filters)
projector.show(screens, filters, sample=is_sample(database))
