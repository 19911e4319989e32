"""What a pytest session is made of, for `doctor`: its plugins, and those in force that change timings. Python >= 3.8."""


def describe(config):
    """Fields for the session's line. Only asked for when nothing is measured: versions are read from files."""
    option = config.option
    plugins = {}
    for _, distribution in config.pluginmanager.list_plugin_distinfo():
        try:
            name = str(getattr(distribution, "project_name", "") or distribution.metadata["Name"])
            plugins[name.lower().replace("_", "-")[:60]] = str(distribution.version)[:40]
        except Exception:  # broken metadata of somebody else's package: any error, and no reason to fail
            continue
    return {
        "plugins": plugins,
        "coverage": bool(getattr(option, "cov_source", None)) and not getattr(option, "no_cov", False),
        "codspeed_on": bool(getattr(option, "codspeed", False)),
    }
