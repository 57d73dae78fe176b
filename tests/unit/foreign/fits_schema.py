# SPDX-License-Identifier: Apache-2.0
"""Holds a JSON file against a JSON schema: fits_schema.py SCHEMA FILE."""
import json
import sys

import jsonschema

schema, instance = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
errors = list(jsonschema.Draft202012Validator(schema).iter_errors(instance))
for error in errors:
    print("/".join(map(str, error.absolute_path)), error.message[:300])
sys.exit(1 if errors else 0)
