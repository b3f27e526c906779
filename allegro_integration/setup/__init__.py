"""Pages that set up what the module connects: accounts, instances, and the settings of each flow."""
