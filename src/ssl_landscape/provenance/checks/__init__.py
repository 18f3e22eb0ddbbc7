"""What an audit looks at; each check yields what it finds."""

from ssl_landscape.provenance.checks.files import check_claims, check_files, check_manifest
from ssl_landscape.provenance.checks.machines import check_attempts, check_machines
from ssl_landscape.provenance.checks.settings import check_code, check_settings

CHECKS = (
    check_files,
    check_manifest,
    check_settings,
    check_code,
    check_machines,
    check_attempts,
    check_claims,
)
