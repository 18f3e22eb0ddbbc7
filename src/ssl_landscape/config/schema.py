"""The JSON schema of the config, generated from the typed model."""

from ssl_landscape.config.model import Config, Training


def json_schema() -> dict:
    """Return the schema for editors and other tools: a model may replace any key of defaults."""
    schema = Config.model_json_schema()
    training = Training.model_json_schema()
    model = schema["$defs"]["Model"]
    model["properties"] |= training["properties"]
    override = schema["properties"]["override"]
    override["properties"] = training["properties"]
    model["additionalProperties"] = override["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
