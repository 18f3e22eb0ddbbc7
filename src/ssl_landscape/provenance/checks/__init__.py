"""What an audit looks at; each check yields what it finds."""

from ssl_landscape.provenance.checks.files import check_files, check_manifests, check_unclaimed
from ssl_landscape.provenance.checks.machines import check_attempts, check_machines
from ssl_landscape.provenance.checks.published import check_published
from ssl_landscape.provenance.checks.settings import check_settings

CHECKS_OF_BUILT = (
    check_files,
    check_manifests,
    check_settings,
    check_machines,
    check_attempts,
    check_unclaimed,
)
CHECKS = (*CHECKS_OF_BUILT, check_published)
