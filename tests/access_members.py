"""What `tests/access_table.py` demands of the addresses of members, part by part.

Members are read by the officer, the secretary, the leader, the delegate and the top's officer; never by administrators
(三员分立). The member M of the world sees the own record, which is not `keys["member"]`.
"""

from tests.access_routes import Route, form, methods, page, row

READ_MEMBERS = "OSLDT"
CHANGE_MEMBERS = "OSDT/L"
EXPORT_MEMBERS = "OT"
REVEAL_MEMBERS = "OSDT/L"

REGISTER: dict[str, Route] = {
    "members:member-list": page(READ_MEMBERS),
    "members:member-lookup": page(READ_MEMBERS, READ_MEMBERS),
    "members:member-new": page(CHANGE_MEMBERS, CHANGE_MEMBERS),
    "members:member-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:composition": page(READ_MEMBERS),
    "members:composition-file": page(READ_MEMBERS),
    "members:member": row("member", READ_MEMBERS),
    "members:member-edit": form("member", CHANGE_MEMBERS),
    "members:member-reveal": row("member", post=REVEAL_MEMBERS),
    "members:member-readers": row("member", CHANGE_MEMBERS),
    "members:member-verify": row("member", post=CHANGE_MEMBERS),
}
DECIDE = "ODT/SL"  # a body above the branch
IN_CASE = {"pk": "case", "document": "document"}
IN_CASE_API = {"case_pk": "case", "public_id": "document"}
RECRUITING: dict[str, Route] = {
    "members:recruiting": page(READ_MEMBERS),
    "members:recruiting-list": page(READ_MEMBERS),
    "members:recruiting-roster": page("OSDT"),
    "members:recruiting-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:case-new": page("OSDT", "OSDT"),
    "members:case-adopt": page(post="OSDT"),
    "members:case": row("case", READ_MEMBERS),
    "members:case-step": Route({"pk": "case", "number": "=2"}, methods(CHANGE_MEMBERS, CHANGE_MEMBERS)),
    "members:case-reverse": row("case", post=DECIDE),
    "members:case-stop": row("case", post=CHANGE_MEMBERS),
    "members:case-move": form("case", CHANGE_MEMBERS),
    "members:case-edit": form("case", CHANGE_MEMBERS),
    "members:case-reveal": row("case", post=REVEAL_MEMBERS),
    "members:case-archive": row("case", READ_MEMBERS),
    "members:case-documents": Route({"pk": "case", "number": "=1"}, methods(post=CHANGE_MEMBERS)),
    "members:case-document": Route(IN_CASE, methods(CHANGE_MEMBERS)),
    "members:case-document-withdraw": Route(IN_CASE, methods(post=CHANGE_MEMBERS)),
    "api:case-document-list": Route({"case_pk": "case"}, methods(READ_MEMBERS, CHANGE_MEMBERS)),
    "api:case-document-file": Route(IN_CASE_API, methods(CHANGE_MEMBERS)),
    "api:case-document-withdraw": Route(IN_CASE_API, methods(post=CHANGE_MEMBERS)),
    **{
        f"members:case-print{end}": Route({"pk": "case", "slug": "=course"}, methods(CHANGE_MEMBERS))
        for end in ("", "-file")
    },
    "api:recruitment-case-prints": row("case", CHANGE_MEMBERS),
    "api:recruitment-case-file": Route({"pk": "case", "slug": "=course"}, methods(CHANGE_MEMBERS)),
    "api:recruitment-case-list": page(READ_MEMBERS, "OSDT"),
    "api:recruitment-case-detail": row("case", READ_MEMBERS, patch=CHANGE_MEMBERS),
    "api:recruitment-case-reveal": row("case", post=REVEAL_MEMBERS),
    "api:recruitment-case-steps": row("case", post=CHANGE_MEMBERS),
    "api:recruitment-case-reverse": row("case", post=DECIDE),
    "api:recruitment-case-stop": row("case", post=CHANGE_MEMBERS),
}
PLANS: dict[str, Route] = {
    "members:recruitment-plan": page(READ_MEMBERS),
    "members:recruitment-plan-edit": form("committee", "ODT/L"),
    "members:recruitment-plan-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "api:recruitment-quota-list": page(READ_MEMBERS, "OSDT"),
    "api:recruitment-quota-detail": row("quota", READ_MEMBERS, patch=DECIDE),
}
OF_CRITERIA = "ODT/SL"  # the criterion is the committee's; its branches read it
POINTS: dict[str, Route] = {
    "members:points-ranking": page(READ_MEMBERS),
    "members:points-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:point-add": form("case", CHANGE_MEMBERS),
    "members:point-withdraw": row("point_entry", post=CHANGE_MEMBERS),
    "members:point-criteria": page(READ_MEMBERS),
    "members:criterion-new": page("ODT", "ODT"),
    "members:criteria-adopt": page(post="ODT"),
    "members:criterion-edit": form("criterion", OF_CRITERIA),
    "members:criterion-end": row("criterion", post=OF_CRITERIA),
    "api:point-criterion-list": page(READ_MEMBERS, "ODT"),
    "api:point-criterion-detail": row("criterion", READ_MEMBERS, patch=OF_CRITERIA),
    "api:point-criterion-end": row("criterion", post=OF_CRITERIA),
    "api:point-entry-list": page(READ_MEMBERS, "OSDT"),
    "api:point-entry-detail": row("point_entry", READ_MEMBERS),
    "api:point-entry-withdraw": row("point_entry", post=CHANGE_MEMBERS),
}
OF_COMMITTEE = "ODT/SL"  # a branch does not decide about its own letters
OF_RECEIVER = "ODT/SL"  # another branch of the same committee
TRANSFERS: dict[str, Route] = {
    "members:transfer-list": page(READ_MEMBERS),
    "members:transfer-in": page("OSDT", "OSDT"),
    "members:transfer": row("transfer", READ_MEMBERS),
    **{f"members:transfer-{act}": row("transfer", post=CHANGE_MEMBERS) for act in ("submit", "withdraw", "receipt")},
    **{f"members:transfer-{act}": row("transfer", post=OF_COMMITTEE) for act in ("send-back", "issue", "reissue")},
    **{
        f"members:transfer-{act}": row("transfer", post=OF_RECEIVER)
        for act in ("receive", "accept", "return", "send-receipt")
    },
    "members:transfer-letter": row("letter", READ_MEMBERS),
    "members:transfer-letter-file": row("letter", post=CHANGE_MEMBERS),
    "members:absence-list": page(READ_MEMBERS),
    "members:guest-new": page("OSDT", "OSDT"),
    "members:absence": row("absence", READ_MEMBERS),
    "members:absence-end": row("absence", post=CHANGE_MEMBERS),
    "members:absence-report": row("absence", post=OF_RECEIVER),
    "members:contact-add": row("absence", post=CHANGE_MEMBERS),
    "members:disposal": row("disposal", READ_MEMBERS),
    "members:disposal-step": row("disposal", post=CHANGE_MEMBERS),
    "members:disposal-drop": row("disposal", post=CHANGE_MEMBERS),
    **{
        f"members:{name}": form("member", CHANGE_MEMBERS)
        for name in ("transfer-new", "absence-new", "member-leave", "event-add", "disposal-new")
    },
    **{f"members:{name}": form("member", OF_COMMITTEE) for name in ("member-remove", "member-return")},
}  # fmt: skip
TRANSFERS_API: dict[str, Route] = {
    "api:transfer-list": page(READ_MEMBERS, "OSDT"),
    "api:transfer-incoming": page(post="OSDT"),
    "api:transfer-detail": row("transfer", READ_MEMBERS),
    **{f"api:transfer-{act}": row("transfer", post=CHANGE_MEMBERS) for act in ("submit", "withdraw", "receipt")},
    **{f"api:transfer-{act}": row("transfer", post=OF_COMMITTEE) for act in ("send-back", "issue", "reissue")},
    **{
        f"api:transfer-{act}": row("transfer", post=OF_RECEIVER)
        for act in ("receive", "accept", "return", "send-receipt")
    },
    "api:absence-list": page(READ_MEMBERS, "OSDT"),
    "api:absence-guest": page(post="OSDT"),
    "api:absence-detail": row("absence", READ_MEMBERS),
    "api:absence-contact": row("absence", post=CHANGE_MEMBERS),
    "api:absence-end": row("absence", post=CHANGE_MEMBERS),
    "api:absence-report": row("absence", post=OF_RECEIVER),
    "api:disposal-list": page(READ_MEMBERS, "OSDT"),
    "api:disposal-detail": row("disposal", READ_MEMBERS),
    "api:disposal-step": row("disposal", post=CHANGE_MEMBERS),
    "api:disposal-drop": row("disposal", post=CHANGE_MEMBERS),
    **{
        f"api:member-act-{act}": row("member", post=CHANGE_MEMBERS) for act in ("leave", "event")
    },
    **{f"api:member-act-{act}": row("member", post=OF_COMMITTEE) for act in ("remove", "return")},
}  # fmt: skip
DUES: dict[str, Route] = {
    "members:dues": page(READ_MEMBERS),
    "members:dues-write": page(post="OSDT"),
    "members:dues-pay": page(post="OSDT"),
    "members:dues-arrears": page(READ_MEMBERS),
    "members:dues-charges": page(READ_MEMBERS),
    "members:dues-summary": page(READ_MEMBERS),
    "members:dues-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:dues-refix": form("organisation", CHANGE_MEMBERS),
    "members:dues-receipt": row("dues_payment", READ_MEMBERS),
    "members:dues-reverse": row("dues_payment", post=CHANGE_MEMBERS),
    "members:dues-member": row("member", READ_MEMBERS),
    "members:dues-basis": form("member", CHANGE_MEMBERS),
    "members:dues-reveal": row("member", post=REVEAL_MEMBERS),
    "members:dues-gift": row("member", post=CHANGE_MEMBERS),
    "api:dues-charge-list": page(READ_MEMBERS),
    "api:dues-charge-detail": row("dues_charge", READ_MEMBERS),
    "api:dues-payment-list": page(READ_MEMBERS, "OSDT"),
    "api:dues-payment-detail": row("dues_payment", READ_MEMBERS),
    "api:dues-payment-reverse": row("dues_payment", post=CHANGE_MEMBERS),
    "api:dues-basis-list": page(READ_MEMBERS, "OSDT"),
    "api:dues-summary": page(READ_MEMBERS),
}
LEADING: dict[str, Route] = {
    "members:pioneers": page(READ_MEMBERS),
    "members:member-options": page(READ_MEMBERS),
    **{f"members:leading-{group}": page(READ_MEMBERS) for group in ("posts", "teams", "experts", "all")},
    "members:leading-new": page("OSDT", "OSDT"),
    "members:leading-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:leading-unit": row("leading_unit", READ_MEMBERS),
    **{
        f"members:leading-{act}": form("leading_unit", CHANGE_MEMBERS)
        for act in ("edit", "leader", "join", "end")
    },
    "members:leading-result": row("leading_unit", post=CHANGE_MEMBERS),
    "members:leading-leave": form("leading_service", CHANGE_MEMBERS),
    "members:leading-void": form("leading_result", CHANGE_MEMBERS),
    "members:role-list": page(READ_MEMBERS),
    "members:role-new": page("OSDT", "OSDT"),
    "members:role-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:role-end": form("public_role", CHANGE_MEMBERS),
    "api:leading-unit-list": page(READ_MEMBERS, "OSDT"),
    "api:leading-unit-detail": row("leading_unit", READ_MEMBERS, patch=CHANGE_MEMBERS),
    **{
        f"api:leading-unit-{act}": row("leading_unit", post=CHANGE_MEMBERS)
        for act in ("join", "leader", "leave", "results", "void", "end")
    },
    "api:public-role-list": page(READ_MEMBERS, "OSDT"),
    "api:public-role-detail": row("public_role", READ_MEMBERS),
    "api:public-role-end": row("public_role", post=CHANGE_MEMBERS),
}
PAIRINGS: dict[str, Route] = {
    "members:pairing-list": page(READ_MEMBERS),
    "members:pairing-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:pairing-new": page("OSDT", "OSDT"),
    "members:pairing-case-options": page(READ_MEMBERS),
    "members:pairing": row("pairing", READ_MEMBERS),
    "members:pairing-edit": form("pairing", CHANGE_MEMBERS),
    "members:pairing-contact": row("pairing", post=CHANGE_MEMBERS),
    "members:pairing-end": row("pairing", post=CHANGE_MEMBERS),
    "members:pairing-contact-withdraw": row("pairing_contact", post=CHANGE_MEMBERS),
    "members:talent-list": page(READ_MEMBERS),
    "members:talent-figures": page(READ_MEMBERS),
    "members:talent-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    **{f"members:talent-{act}": form("member", CHANGE_MEMBERS) for act in ("add", "out")},
    **{f"members:talent-{act}": row("member", post=CHANGE_MEMBERS) for act in ("back", "withdraw")},
    "members:talent-outside-list": page(READ_MEMBERS),
    "members:talent-outside-new": page("OSDT", "OSDT"),
    "members:talent-outside": row("outside_person", READ_MEMBERS),
    "members:talent-outside-edit": form("outside_person", CHANGE_MEMBERS),
    "members:talent-outside-reveal": row("outside_person", post=REVEAL_MEMBERS),
    **{
        f"members:talent-outside-{act}": row("outside_person", post=CHANGE_MEMBERS)
        for act in ("in", "out", "withdraw")
    },
    "api:pairing-list": page(READ_MEMBERS, "OSDT"),
    "api:pairing-detail": row("pairing", READ_MEMBERS, patch=CHANGE_MEMBERS),
    **{
        f"api:pairing-{act}": row("pairing", post=CHANGE_MEMBERS) for act in ("contact", "withdraw-contact", "end")
    },
    "api:talent-list": page(READ_MEMBERS),
    "api:talent-detail": row("member", READ_MEMBERS),
    **{f"api:talent-{act}": row("member", post=CHANGE_MEMBERS) for act in ("add", "out", "back", "withdraw")},
    "api:outside-person-list": page(READ_MEMBERS, "OSDT"),
    "api:outside-person-detail": row("outside_person", READ_MEMBERS, patch=CHANGE_MEMBERS),
    "api:outside-person-reveal": row("outside_person", post=REVEAL_MEMBERS),
    **{
        f"api:outside-person-{act}": row("outside_person", post=CHANGE_MEMBERS)
        for act in ("bring-in", "out", "withdraw")
    },
}  # fmt: skip
OWN_RECORD = "MD"  # who holds the role member; the delegate's account has no record
OWN: dict[str, Route] = {
    "members:own-record": page(OWN_RECORD),
    "members:own-correction": page("M", "M"),
    "members:correction-list": page(READ_MEMBERS),
    "members:correction": row("correction", READ_MEMBERS, CHANGE_MEMBERS),
    "members:correction-reveal": row("correction", post=REVEAL_MEMBERS),
    "members:member-account": form("member", CHANGE_MEMBERS),
    "members:member-unlink": row("member", post=CHANGE_MEMBERS),
    "api:correction-list": page(READ_MEMBERS + "M", "M"),
    "api:correction-detail": row("correction", READ_MEMBERS + "M"),
    "api:correction-answer": row("correction", post="OSDT/LM"),
    "api:member-account-link": row("member", post=CHANGE_MEMBERS),
    "api:member-account-unlink": row("member", post=CHANGE_MEMBERS),
}
API: dict[str, Route] = {
    "api:member-list": page(READ_MEMBERS, CHANGE_MEMBERS),
    "api:member-detail": row("member", READ_MEMBERS, patch=CHANGE_MEMBERS),
    "api:member-reveal": row("member", post=REVEAL_MEMBERS),
    "api:member-verify": row("member", post=CHANGE_MEMBERS),
    "api:member-look-up": page(post=READ_MEMBERS),
}

ROUTES = {
    **REGISTER,
    **RECRUITING,
    **PLANS,
    **POINTS,
    **TRANSFERS,
    **TRANSFERS_API,
    **DUES,
    **LEADING,
    **PAIRINGS,
    **OWN,
    **API,
}
