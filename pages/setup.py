"""Set up the network: what a new network needs before its first return, step by step."""

from anchornet import formatting
from anchornet.server.networks import network
from anchornet.store.setup import STEPS, done
from anchornet.ui import layout, setup
from anchornet.ui.forms import show_done
from anchornet.ui.network_settings import hold_typed
from anchornet.ui.session import require

person = require("keep_network")
database = network().database
hold_typed()
finished = done(database)
left = len(STEPS) - sum(finished.values())
steps = formatting.counted(left, "step")
layout.answer(
    f"{formatting.capital(steps)} left to set up the network."
    if left
    else "The network is set up.",
    "Each step can be left and come back to; what is saved holds from then on."
    if left
    else "Its members' contributors can sign in and send their first returns.",
)
show_done()
step = setup.choose_step(finished)
layout.heading(STEPS[step])
setup.show_step(database, step, person.email)
setup.next_button(step, finished)
