from django.urls import path

from linkages.actions.challenges import ACTIONS as CHALLENGE_ACTS
from linkages.actions.commitments import ACTIONS as COMMITMENT_ACTS
from linkages.actions.policies import ACTIONS as POLICY_ACTS
from linkages.actions.secondments import ACTIONS as SECONDMENT_ACTS
from linkages.orders.transitions import RULES
from linkages.views import (
    acts,
    agreements,
    alliances,
    challenges,
    commitments,
    conferences,
    drafting,
    liaisons,
    lists,
    network,
    order_kinds,
    orders,
    partners,
    policies,
    policy_deliveries,
    projects,
    secondment_lists,
    secondments,
)

app_name = "linkages"


def _lists():
    """What the three lists share, and what only resources and needs have."""
    for which in lists.LISTS:
        at, given = f"{which}s/", {"which": which}
        yield path(at, lists.item_list, given, name=f"{which}-list")
        yield path(f"{at}export/", lists.item_export, given, name=f"{which}-export")
    for which in ("resource", "need"):
        at, given = f"{which}s/", {"which": which}
        yield path(f"{at}new/", lists.item_new, given, name=f"{which}-new")
        yield path(f"{at}<int:pk>/", lists.item, given, name=which)
        yield path(f"{at}<int:pk>/edit/", lists.item_edit, given, name=f"{which}-edit")
        yield path(f"{at}<int:pk>/publish/", lists.item_publish, given, name=f"{which}-publish")
        yield path(f"{at}<int:pk>/withdraw/", lists.item_withdraw, given, name=f"{which}-withdraw")


def _orders():
    yield path("orders/", orders.order_list, name="order-list")
    yield path("orders/export/", orders.order_export, name="order-export")
    yield path("orders/new/", orders.order_new, name="order-new")
    yield path("orders/whistles/", orders.whistle_list, name="whistle-list")
    yield path("orders/own/", orders.own_orders, name="own-orders")
    yield path("orders/own/new/", orders.own_order_new, name="own-order-new")
    yield path("orders/kinds/", order_kinds.kind_list, name="order-kind-list")
    yield path("orders/kinds/of/<int:pk>/", order_kinds.kind_new, name="order-kind-new")
    yield path("orders/kinds/<int:pk>/edit/", order_kinds.kind_edit, name="order-kind-edit")
    for name, is_open in (("open", True), ("close", False)):
        given = {"is_open": is_open}
        yield path(f"orders/kinds/<int:pk>/{name}/", order_kinds.kind_open, given, name=f"order-kind-{name}")
    yield path("orders/<int:pk>/", orders.order, name="order")
    yield path("needs/<int:pk>/order/", orders.need_order, name="need-order")
    for act in RULES:
        yield path(f"orders/<int:pk>/{act}/", orders.take, {"act": act}, name=f"order-{act}")


def _secondments():
    yield path("secondments/", secondment_lists.secondment_list, name="secondment-list")
    yield path("secondments/export/", secondment_lists.secondment_export, name="secondment-export")
    yield path("secondments/outcomes/", secondment_lists.outcome_list, name="secondment-outcomes")
    yield path(
        "secondments/outcomes/export/", secondment_lists.outcome_export, name="secondment-outcomes-export"
    )
    for side in secondment_lists.UNITS:
        at, given = f"secondments/{side}s/", {"side": side}
        yield path(at, secondment_lists.secondment_units, given, name=f"secondment-{side}s")
        yield path(
            f"{at}export/", secondment_lists.secondment_units_export, given, name=f"secondment-{side}s-export"
        )
    yield path("secondments/new/", secondments.secondment_new, name="secondment-new")
    yield path("secondments/<int:pk>/", secondments.secondment, name="secondment")
    yield path("secondments/<int:pk>/edit/", secondments.secondment_edit, name="secondment-edit")
    yield path("secondments/<int:pk>/files/", secondments.file_add, name="secondment-file-add")
    yield path("secondments/<int:pk>/files/<uuid:file>/", secondments.file, name="secondment-file")
    yield path(
        "secondments/<int:pk>/files/<uuid:file>/withdraw/",
        secondments.file_withdraw,
        name="secondment-file-withdraw",
    )
    for act in SECONDMENT_ACTS:
        yield path(f"secondments/<int:pk>/{act}/", secondments.take, {"act": act}, name=f"secondment-{act}")


def _policies():
    yield path("policies/", policies.policy_list, name="policy-list")
    yield path("policies/export/", policies.policy_export, name="policy-export")
    yield path("policies/new/", policies.policy_new, name="policy-new")
    yield path("policies/preview/", policies.policy_preview, name="policy-preview")
    yield path("policies/own/", policy_deliveries.own_policies, name="own-policies")
    yield path("policies/<int:pk>/", policies.policy, name="policy")
    yield path("policies/<int:pk>/edit/", policies.policy_edit, name="policy-edit")
    yield path("policies/<int:pk>/preview/", policies.policy_preview, name="policy-draft-preview")
    yield path("policies/<int:pk>/matches/", policies.policy_matches, name="policy-matches")
    for act in POLICY_ACTS:
        yield path(f"policies/<int:pk>/{act}/", policies.take, {"act": act}, name=f"policy-{act}")
    yield path("policies/<int:pk>/files/", policies.policy_file_add, name="policy-file-add")
    at = "policies/<int:pk>/files/<uuid:file>/"
    yield path(at, policies.policy_file, name="policy-file")
    yield path(f"{at}withdraw/", policies.policy_file_withdraw, name="policy-file-withdraw")
    at = "policies/<int:pk>/deliveries/"
    yield path(at, policy_deliveries.delivery_list, name="policy-delivery-list")
    yield path(f"{at}export/", policy_deliveries.delivery_export, name="policy-delivery-export")
    at = "policies/deliveries/<int:pk>/"
    yield path(at, policy_deliveries.delivery, name="policy-delivery")
    yield path(f"{at}read/", policy_deliveries.delivery_read, name="policy-delivery-read")
    yield path(f"{at}answer/", policy_deliveries.delivery_answer, name="policy-delivery-answer")
    yield path(f"{at}result/", policy_deliveries.delivery_result, name="policy-delivery-result")


def _commitments():
    yield path("commitments/", commitments.commitment_list, name="commitment-list")
    yield path("commitments/export/", commitments.commitment_export, name="commitment-export")
    yield path("commitments/missing/", commitments.missing_list, name="commitment-missing-list")
    yield path("commitments/missing/export/", commitments.missing_export, name="commitment-missing-export")
    yield path("commitments/new/", commitments.commitment_new, name="commitment-new")
    yield path("commitments/copy/", commitments.commitment_copy, name="commitment-copy")
    yield path("commitments/<int:pk>/", commitments.commitment, name="commitment")
    yield path("commitments/<int:pk>/edit/", commitments.commitment_edit, name="commitment-edit")
    for act in COMMITMENT_ACTS:
        yield path(f"commitments/<int:pk>/{act}/", commitments.take, {"act": act}, name=f"commitment-{act}")
    yield path("commitments/<int:pk>/files/", commitments.commitment_file_add, name="commitment-file-add")
    at = "commitments/<int:pk>/files/<uuid:file>/"
    yield path(at, commitments.commitment_file, name="commitment-file")
    yield path(f"{at}withdraw/", commitments.commitment_file_withdraw, name="commitment-file-withdraw")


urlpatterns = [
    *_commitments(),
    *_policies(),
    *_orders(),
    *_secondments(),
    path("", agreements.agreement_list, name="agreement-list"),
    path("export/", agreements.agreement_export, name="agreement-export"),
    path("network/", network.network, name="network"),
    path("new/", drafting.agreement_new, name="agreement-new"),
    path("partners/", partners.partner_list, name="partner-list"),
    path("partners/new/", partners.partner_new, name="partner-new"),
    path("partners/options/", partners.partner_options, name="partner-options"),
    path("partners/<int:pk>/", liaisons.partner, name="partner"),
    path("partners/<int:pk>/liaisons/", liaisons.liaison_appoint, name="liaison-appoint"),
    path("liaisons/<int:pk>/end/", liaisons.liaison_end, name="liaison-end"),
    path("liaisons/<int:pk>/invite/", liaisons.liaison_invite, name="liaison-invite"),
    path("partners/<int:pk>/edit/", partners.partner_edit, name="partner-edit"),
    path("partners/<int:pk>/merge/", partners.partner_merge, name="partner-merge"),
    path("activities/<int:pk>/book/", acts.activity_book, name="activity-book"),
    path("bookings/<int:pk>/withdraw/", acts.booking_withdraw, name="booking-withdraw"),
    path("results/<int:pk>/withdraw/", acts.result_withdraw, name="result-withdraw"),
    path("alliances/", alliances.alliance_list, name="alliance-list"),
    path("alliances/export/", alliances.alliance_export, name="alliance-export"),
    path("alliances/new/", alliances.alliance_new, name="alliance-new"),
    path("alliances/<int:pk>/", alliances.alliance, name="alliance"),
    path("alliances/<int:pk>/edit/", alliances.alliance_edit, name="alliance-edit"),
    path("alliances/<int:pk>/members/", alliances.alliance_admit, name="alliance-admit"),
    path("alliances/<int:pk>/terms/", alliances.alliance_terms, name="alliance-terms"),
    path("alliances/<int:pk>/end/", alliances.alliance_end, name="alliance-end"),
    path("alliances/<int:pk>/conferences/new/", alliances.conference_new, name="conference-new"),
    path("alliances/members/<int:pk>/release/", alliances.member_release, name="member-release"),
    path("alliances/terms/<int:pk>/handover/", alliances.term_handover, name="term-handover"),
    path("alliances/terms/<int:pk>/drop/", alliances.term_drop, name="term-drop"),
    path("conferences/resolutions/", conferences.resolution_list, name="resolution-list"),
    path("conferences/<int:pk>/", conferences.conference, name="conference"),
    path("conferences/<int:pk>/edit/", conferences.conference_edit, name="conference-edit"),
    path("conferences/<int:pk>/hold/", conferences.conference_hold, name="conference-hold"),
    path("conferences/<int:pk>/cancel/", conferences.conference_cancel, name="conference-cancel"),
    path("conferences/<int:pk>/resolutions/", conferences.conference_resolve, name="conference-resolve"),
    path("conferences/resolutions/<int:pk>/notes/", conferences.resolution_note, name="resolution-note"),
    path("conferences/resolutions/<int:pk>/close/", conferences.resolution_close, name="resolution-close"),
    *_lists(),
    path("projects/new/", projects.project_new, name="project-new"),
    path("projects/<int:pk>/", projects.project, name="project"),
    path("projects/<int:pk>/edit/", projects.project_edit, name="project-edit"),
    path("projects/<int:pk>/note/", projects.project_note, name="project-note"),
    path("projects/<int:pk>/finish/", projects.project_finish, name="project-finish"),
    path("projects/<int:pk>/give-up/", projects.project_give_up, name="project-give-up"),
    path("needs/<int:need>/resources/<int:resource>/take/", projects.match_take, name="match-take"),
    path("needs/<int:need>/resources/<int:resource>/dismiss/", projects.match_dismiss, name="match-dismiss"),
    path("dismissals/<int:pk>/restore/", projects.match_restore, name="match-restore"),
    path("activities/<int:pk>/take-down/", lists.take_down, name="take-down"),
    path("challenges/", challenges.challenge_list, name="challenge-list"),
    path("challenges/export/", challenges.challenge_export, name="challenge-export"),
    path("challenges/new/", challenges.challenge_new, name="challenge-new"),
    path("challenges/<int:pk>/", challenges.challenge, name="challenge"),
    path("challenges/<int:pk>/edit/", challenges.challenge_edit, name="challenge-edit"),
    path("challenges/<int:pk>/claim/", challenges.challenge_claim, name="challenge-claim"),
    *(
        path(f"challenges/<int:pk>/{act}/", challenges.take, {"act": act}, name=f"challenge-{act}")
        for act in CHALLENGE_ACTS
    ),
    path("<int:pk>/", agreements.agreement, name="agreement"),
    path("<int:pk>/edit/", drafting.agreement_edit, name="agreement-edit"),
    path("<int:pk>/renew/", drafting.agreement_renew, name="agreement-renew"),
    path("<int:pk>/book/", acts.book, name="agreement-book"),
    path("<int:pk>/result/", acts.result, name="agreement-result"),
    path("<int:pk>/liaison/", acts.liaison, name="agreement-liaison"),
    path("<int:pk>/files/", acts.file_add, name="file-add"),
    path("<int:pk>/files/<uuid:file>/", acts.file, name="file"),
    path("<int:pk>/files/<uuid:file>/withdraw/", acts.file_withdraw, name="file-withdraw"),
    *(path(f"<int:pk>/{act}/", acts.take, {"act": act}, name=f"agreement-{act}") for act in acts.ACTS),
]
