from django.urls import path

from orgs.views import organisation_acts as acts
from orgs.views import organisations, parks


def act(name):
    """A page with one form that does one thing to an organisation."""
    return path(
        f"organisations/<int:pk>/{name}/",
        acts.organisation_act,
        {"name": name},
        name=f"organisation-{name}",
    )


urlpatterns = [
    path("organisations/", organisations.organisation_list, name="organisation-list"),
    path("organisations/tree/", organisations.organisation_tree, name="organisation-tree"),
    path("organisations/terms/", organisations.term_list, name="term-list"),
    path("organisations/<int:pk>/", organisations.organisation, name="organisation"),
    path(
        "organisations/<int:pk>/children/", organisations.organisation_children, name="organisation-children"
    ),
    path("organisations/<int:pk>/phone/", organisations.organisation_reveal, name="organisation-reveal"),
    path("organisations/<int:pk>/found/", acts.organisation_found, name="organisation-found"),
    path("organisations/<int:pk>/edit/", acts.organisation_edit, name="organisation-edit"),
    *map(act, acts.ACTS),
    path("posts/<int:pk>/end/", acts.post_end, name="post-end"),
    path("affiliations/<int:pk>/end/", acts.functional_end, name="functional-end"),
    path("parks/", parks.park_list, name="park-list"),
    path("parks/new/", parks.park_new, name="park-new"),
    path("parks/<int:pk>/", parks.park, name="park"),
    path("parks/<int:pk>/edit/", parks.park_edit, name="park-edit"),
    path("parks/<int:pk>/aliases/", parks.alias_add, name="park-alias-add"),
    path("park-aliases/<int:pk>/remove/", parks.alias_remove, name="park-alias-remove"),
    path("places/", parks.place_list, name="place-list"),
    path("places/<str:kind>/new/", parks.place_edit, name="place-new"),
    path("places/<str:kind>/<int:pk>/", parks.place_edit, name="place-edit"),
]
