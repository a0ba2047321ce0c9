"""What `tests/access_table.py` demands of the addresses of agreements.

They are read at every party, by whoever reads activities there, and worked on by the officers and secretaries of it.
The register of partner units is shared below the top; merging and liaisons' accounts touch everybody's agreements and
are the top's. A liaison (K) reads the agreements and alliances of the own unit and nothing else.
Of the three lists the walked rows are drafts, which stay at home.
"""

from linkages.actions.challenges import ACTIONS
from linkages.actions.commitments import ACTIONS as COMMITMENT_ACTS
from linkages.actions.policies import ACTIONS as POLICY_ACTS
from linkages.actions.secondments import ACTIONS as SECONDMENT_ACTS
from tests.access_routes import Route, form, methods, page, row

READ_PARTNERS = "OSLDT"
READ_AGREEMENTS = READ_PARTNERS + "K"
DRAFT = "OSDT"
CHANGE_AGREEMENTS = "OSDT/LK"
REGISTER = "OSDT/L"
LIAISONS = "T/OSLD"
EXPORT_AGREEMENTS = "OT"
PAIR = {"need": "draft_need", "resource": "draft_resource"}
CLAIMANTS = ("confirm", "unclaim")  # steps of the units that claim
FILE = {"pk": "agreement", "file": "agreement_file"}

PAGES: dict[str, Route] = {
    "linkages:agreement-list": page(READ_AGREEMENTS),
    "linkages:agreement-export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS),
    "linkages:network": page(READ_PARTNERS),
    "linkages:agreement-new": page(DRAFT, DRAFT),
    "linkages:agreement": row("agreement", READ_AGREEMENTS),
    "linkages:agreement-edit": form("draft_agreement", CHANGE_AGREEMENTS),
    "linkages:agreement-renew": form("agreement", CHANGE_AGREEMENTS),
    **{
        f"linkages:agreement-{act}": row("agreement", post=CHANGE_AGREEMENTS)
        for act in ("sign", "amend", "end", "evaluate", "book", "result", "liaison")
    },
    # The leader sees the activity and keeps no agreement.
    "linkages:activity-book": row("activity", post=REGISTER),
    "linkages:booking-withdraw": row("agreement_booking", post=CHANGE_AGREEMENTS),
    "linkages:result-withdraw": row("agreement_result", post=CHANGE_AGREEMENTS),
    "linkages:file-add": row("agreement", post=CHANGE_AGREEMENTS),
    "linkages:file": Route(FILE, methods(READ_AGREEMENTS)),
    "linkages:file-withdraw": Route(FILE, methods(post=CHANGE_AGREEMENTS)),
    "linkages:partner-list": page(READ_PARTNERS),
    "linkages:partner": Route({"pk": "partner"}, methods(READ_PARTNERS + "!"), shared=True),
    "linkages:liaison-appoint": Route({"pk": "partner"}, methods(post=LIAISONS), shared=True),
    "linkages:liaison-end": Route({"pk": "liaison"}, methods(post=LIAISONS), shared=True),
    "linkages:liaison-invite": Route({"pk": "liaison"}, methods(post=LIAISONS), shared=True),
    "linkages:partner-new": page(DRAFT, DRAFT),
    "linkages:partner-options": page(DRAFT),
    "linkages:partner-edit": Route({"pk": "partner"}, methods(REGISTER, REGISTER), shared=True),
    "linkages:partner-merge": Route({"pk": "partner"}, methods(LIAISONS, LIAISONS), shared=True),
    **{
        f"linkages:{which}-{act}": route
        for which in ("resource", "need", "project")
        for act, route in (
            ("list", page(READ_AGREEMENTS)),
            ("export", page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS)),
            ("new", page(DRAFT, DRAFT)),
            ("edit", form(f"draft_{which}", REGISTER)),
        )
    },
    "linkages:resource-new": page(DRAFT + "K", DRAFT + "K"),
    # Drafts: what is published is found by everybody below the top, see tests/linkages/test_three_lists.py.
    **{
        f"linkages:{which}": row(f"draft_{which}", READ_PARTNERS) for which in ("resource", "need", "project")
    },
    **{
        f"linkages:{which}-{act}": row(f"draft_{which}", post=REGISTER)
        for which in ("resource", "need")
        for act in ("publish", "withdraw")
    },
    **{
        f"linkages:project-{act}": row("draft_project", post=REGISTER)
        for act in ("note", "finish", "give-up")
    },
    **{f"linkages:match-{act}": Route(PAIR, methods(post=REGISTER)) for act in ("take", "dismiss")},
    "linkages:need-order": form("draft_need", REGISTER),
    "linkages:match-restore": row("dismissal", post=REGISTER),
    # The leader sees the activity and keeps no list.
    "linkages:take-down": row("activity", post=REGISTER),
    "linkages:challenge-list": page(READ_AGREEMENTS + "C"),
    "linkages:challenge-export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS),
    "linkages:challenge-new": page(DRAFT, DRAFT),
    "linkages:challenge": row("draft_challenge", READ_PARTNERS),
    "linkages:challenge-edit": form("draft_challenge", REGISTER),
    "linkages:challenge-claim": form("draft_challenge", REGISTER),
    **{
        f"linkages:challenge-{act}": row("draft_challenge", post=REGISTER)
        for act in ACTIONS
        if act not in CLAIMANTS
    },
    # Published, hence found by all of the top and by its liaisons; claimed by the officer of the top for a unit there.
    **{
        f"linkages:challenge-{act}": Route(
            {"pk": "claimed_challenge"}, methods(post=LIAISONS + "K"), shared=True
        )
        for act in CLAIMANTS
    },
    # K's unit is a member of the alliance of the branch, neither its chair nor the owner of what was resolved.
    "linkages:alliance-list": page(READ_AGREEMENTS),
    "linkages:alliance-export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS),
    "linkages:alliance-new": page(DRAFT, DRAFT),
    "linkages:alliance": row("alliance", READ_AGREEMENTS),
    "linkages:alliance-edit": form("alliance", CHANGE_AGREEMENTS),
    **{
        f"linkages:alliance-{act}": row("alliance", post=CHANGE_AGREEMENTS)
        for act in ("admit", "terms", "end")
    },
    "linkages:member-release": row("alliance_member", post=CHANGE_AGREEMENTS),
    "linkages:term-handover": row("chair_term", post=CHANGE_AGREEMENTS),
    "linkages:term-drop": row("chair_term", post=CHANGE_AGREEMENTS),
    "linkages:conference-new": form("alliance", CHANGE_AGREEMENTS),
    "linkages:conference": row("conference", READ_AGREEMENTS),
    "linkages:conference-edit": form("open_conference", CHANGE_AGREEMENTS),
    "linkages:conference-hold": row("open_conference", post=CHANGE_AGREEMENTS),
    "linkages:conference-cancel": row("open_conference", post=CHANGE_AGREEMENTS),
    "linkages:conference-resolve": row("conference", post=CHANGE_AGREEMENTS),
    "linkages:resolution-list": page(READ_AGREEMENTS),
    "linkages:resolution-note": row("conference_resolution", post=CHANGE_AGREEMENTS),
    "linkages:resolution-close": row("conference_resolution", post=CHANGE_AGREEMENTS),
}
# The walked order was raised by the contact and is overseen by the branch of the park, which works on it, called for
# with the liaison's unit. Rating, reopening and cancelling are the requester's alone.
READ_ORDERS = READ_AGREEMENTS
ORDER = "OSLDTCK"
OVERSEER = HANDLER = "OSDT/LCK"
REQUESTER = "C/OSDTLK"
STEPS = {
    **dict.fromkeys(("admit", "reject", "dispatch", "recall", "whistle", "release", "bind"), OVERSEER),
    **dict.fromkeys(("accept", "decline", "finish"), HANDLER),
    **dict.fromkeys(("rate", "reopen", "cancel"), REQUESTER),
    "note": "OSDTCK/L",
    "arrive": "OSDTK/LC",
}
ORDERS: dict[str, Route] = {
    "linkages:order-list": page(READ_ORDERS),
    "linkages:order-export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS),
    "linkages:order-new": page(DRAFT, DRAFT),
    "linkages:whistle-list": page(READ_ORDERS),
    "linkages:own-orders": page("CMD"),
    "linkages:own-order-new": page("CMD", "CMD"),
    "linkages:order-kind-list": page("P"),
    "linkages:order-kind-new": Route({"pk": "order_top"}, methods("P!", "P!"), shared=True),
    "linkages:order-kind-edit": Route({"pk": "order_kind"}, methods("P!", "P!"), shared=True),
    "linkages:order-kind-open": Route({"pk": "order_kind"}, methods(post="P!"), shared=True),
    "linkages:order-kind-close": Route({"pk": "order_kind"}, methods(post="P!"), shared=True),
    "linkages:order": row("order", ORDER),
    **{f"linkages:order-{act}": row("order", post=right) for act, right in STEPS.items()},
    "api:order-list": page(READ_ORDERS + "CM", DRAFT + "CM"),
    "api:order-detail": row("order", ORDER),
    **{f"api:order-{act}": row("order", post=right) for act, right in STEPS.items()},
    "api:order-kind-list": page(READ_ORDERS + "CM"),
    "api:order-kind-detail": Route({"pk": "order_kind"}, methods("AUOSLCMDTPKW"), shared=True),
}
# The walked secondment is of the contact's enterprise; who serves is of the liaison's unit.
READ_SECONDMENTS = READ_AGREEMENTS + "C"
SECONDMENT = "OSLDTCK"
SECONDMENT_KEEPER = "OSDT/LCK"
SECONDMENT_STEPS = dict.fromkeys(SECONDMENT_ACTS, SECONDMENT_KEEPER) | {
    "select": "OSDTC/LK",
    "drop": "OSDTK/LC",
    "outcome": "OSDTCK/L",
}
PAPER = {"pk": "secondment", "file": "secondment_file"}
SECONDMENTS: dict[str, Route] = {
    **{
        f"linkages:secondment-{name}": page(READ_SECONDMENTS)
        for name in ("list", "partners", "enterprises", "outcomes")
    },
    **{
        f"linkages:secondment-{name}export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS)
        for name in ("", "partners-", "enterprises-", "outcomes-")
    },
    "linkages:secondment-new": page(DRAFT, DRAFT),
    "linkages:secondment": row("secondment", SECONDMENT),
    "linkages:secondment-edit": form("secondment", SECONDMENT_KEEPER),
    **{
        f"linkages:secondment-{act}": row("secondment", post=right) for act, right in SECONDMENT_STEPS.items()
    },
    "linkages:secondment-file-add": row("secondment", post=SECONDMENT_KEEPER),
    "linkages:secondment-file": Route(PAPER, methods(SECONDMENT)),
    "linkages:secondment-file-withdraw": Route(PAPER, methods(post=SECONDMENT_KEEPER)),
    "api:secondment-list": page(READ_SECONDMENTS, DRAFT),
    "api:secondment-detail": row("secondment", SECONDMENT),
    "api:secondment-take": Route({"pk": "secondment", "act": "=renew"}, methods(post=SECONDMENT_KEEPER)),
    "api:secondment-outcome-list": page(READ_SECONDMENTS),
}
API: dict[str, Route] = {
    "api:agreement-list": page(READ_AGREEMENTS, DRAFT),
    "api:agreement-detail": row("agreement", READ_AGREEMENTS),
    "api:agreement-network": page(READ_PARTNERS),
    **{
        f"api:agreement-{act}": row("agreement", post=CHANGE_AGREEMENTS)
        for act in ("sign", "book", "result", "end")
    },
    "api:challenge-list": page(READ_AGREEMENTS + "C", DRAFT),
    "api:challenge-detail": row("draft_challenge", READ_PARTNERS),
    "api:challenge-claim": row("draft_challenge", post=REGISTER),
    "api:challenge-take": Route({"pk": "draft_challenge", "act": "=publish"}, methods(post=REGISTER)),
    "api:alliance-list": page(READ_AGREEMENTS, DRAFT),
    "api:alliance-detail": row("alliance", READ_AGREEMENTS),
    **{
        f"api:alliance-{act}": row("alliance", post=CHANGE_AGREEMENTS)
        for act in ("admit", "release", "terms", "handover", "end", "call")
    },
    "api:conference-list": page(READ_AGREEMENTS),
    "api:conference-detail": row("conference", READ_AGREEMENTS),
    "api:conference-hold": row("open_conference", post=CHANGE_AGREEMENTS),
    "api:conference-cancel": row("open_conference", post=CHANGE_AGREEMENTS),
    "api:conference-resolve": row("conference", post=CHANGE_AGREEMENTS),
    "api:conference-resolution-list": page(READ_AGREEMENTS),
    "api:conference-resolution-detail": row("conference_resolution", READ_AGREEMENTS),
    "api:conference-resolution-note": row("conference_resolution", post=CHANGE_AGREEMENTS),
    "api:conference-resolution-close": row("conference_resolution", post=CHANGE_AGREEMENTS),
    **{f"api:{which}-list": page(READ_AGREEMENTS, DRAFT) for which in ("resource", "need", "project")},
    **{
        f"api:{which}-detail": row(f"draft_{which}", READ_PARTNERS)
        for which in ("resource", "need", "project")
    },
    **{f"api:{which}-matches": row(f"draft_{which}", READ_PARTNERS) for which in ("resource", "need")},
    **{
        f"api:{which}-{act}": row(f"draft_{which}", post=REGISTER)
        for which, acts in {
            "resource": ("publish", "withdraw"),
            "need": ("publish", "withdraw"),
            "project": ("note", "finish", "give-up"),
        }.items()
        for act in acts
    },
    **{f"api:need-{act}": row("draft_need", post=REGISTER) for act in ("match", "dismiss", "order")},
    "api:partner-list": page(READ_PARTNERS),
    "api:partner-detail": Route({"pk": "partner"}, methods(READ_PARTNERS), shared=True),
}

# The walked policy is the branch's; it reached the contact's enterprise. Reading is the contact's alone.
READ_POLICIES = READ_PARTNERS + "C"
KEEPER = "OSDT/LC"
READS, ANSWERS = "C/OSLDT", "OSDTC/L"
POLICY_FILE = {"pk": "policy", "file": "policy_file"}
POLICIES: dict[str, Route] = {
    "linkages:policy-list": page(READ_PARTNERS),
    "linkages:policy-export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS),
    "linkages:policy-new": page(DRAFT, DRAFT),
    "linkages:policy-preview": page(DRAFT),
    "linkages:own-policies": page("C"),
    "linkages:policy": row("policy", READ_POLICIES),
    "linkages:policy-edit": form("draft_policy", REGISTER),
    "linkages:policy-draft-preview": row("draft_policy", REGISTER),
    "linkages:policy-matches": row("draft_policy", READ_PARTNERS),
    **{f"linkages:policy-{act}": row("draft_policy", post=REGISTER) for act in POLICY_ACTS},
    "linkages:policy-file-add": row("policy", post=KEEPER),
    "linkages:policy-file": Route(POLICY_FILE, methods(READ_POLICIES)),
    "linkages:policy-file-withdraw": Route(POLICY_FILE, methods(post=KEEPER)),
    "linkages:policy-delivery-list": row("policy", READ_PARTNERS + "/C"),
    "linkages:policy-delivery-export": form("policy", EXPORT_AGREEMENTS + "/SLDC"),
    "linkages:policy-delivery": row("policy_delivery", READ_POLICIES),
    "linkages:policy-delivery-read": row("policy_delivery", post=READS),
    **{
        f"{space}:policy-delivery-{act}": row("policy_delivery", post=ANSWERS)
        for space in ("linkages", "api")
        for act in ("answer", "result")
    },
    "api:policy-list": page(READ_PARTNERS, DRAFT),
    "api:policy-detail": row("policy", READ_POLICIES),
    "api:policy-take": Route({"pk": "draft_policy", "act": "=publish"}, methods(post=REGISTER)),
    "api:policy-delivery-list": page(READ_POLICIES),
    "api:policy-delivery-detail": row("policy_delivery", READ_POLICIES),
    "api:policy-delivery-read": row("policy_delivery", post=READS),
}

# The walked commitment is the branch's; those appointed above the branch confirm it, its own secretary does not.
SUPERIOR = "ODT/SL"
COMMITMENT_FILE = {"pk": "commitment", "file": "commitment_file"}
COMMITMENTS: dict[str, Route] = {
    "linkages:commitment-list": page(READ_PARTNERS),
    "linkages:commitment-missing-list": page(READ_PARTNERS),
    "linkages:commitment-export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS),
    "linkages:commitment-missing-export": page(EXPORT_AGREEMENTS, EXPORT_AGREEMENTS),
    "linkages:commitment-new": page(DRAFT, DRAFT),
    "linkages:commitment-copy": page(DRAFT, DRAFT),
    "linkages:commitment": row("commitment", READ_PARTNERS),
    "linkages:commitment-edit": form("commitment", REGISTER),
    **{
        f"linkages:commitment-{act}": row(
            "commitment", post=SUPERIOR if act in ("confirm", "send_back", "reopen") else REGISTER
        )
        for act in COMMITMENT_ACTS
    },
    "linkages:commitment-file-add": row("commitment", post=REGISTER),
    "linkages:commitment-file": Route(COMMITMENT_FILE, methods(READ_PARTNERS)),
    "linkages:commitment-file-withdraw": Route(COMMITMENT_FILE, methods(post=REGISTER)),
    "api:commitment-list": page(READ_PARTNERS, DRAFT),
    "api:commitment-detail": row("commitment", READ_PARTNERS),
    "api:commitment-take": Route({"pk": "commitment", "act": "=confirm"}, methods(post=SUPERIOR)),
}

ROUTES = {**PAGES, **ORDERS, **SECONDMENTS, **API, **POLICIES, **COMMITMENTS}
