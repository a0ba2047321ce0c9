from orgs.resources.coverage import CoverageResource
from orgs.resources.enterprises import EnterpriseResource
from orgs.resources.organisations import OrganisationResource
from orgs.resources.parks import ParkResource

__all__ = ["CoverageResource", "EnterpriseResource", "OrganisationResource", "ParkResource"]
