from django.urls import path

from orgs.views import accounts, audit, calendar, delegations, exports, lookups, notices, settings, webhooks

urlpatterns = [
    path("users/", accounts.account_list, name="account-list"),
    path("users/new/", accounts.account_create, name="account-create"),
    path("users/<int:pk>/", accounts.account, name="account"),
    path("users/<int:pk>/appointments/new/", accounts.appointment_create, name="appointment-create"),
    path("users/<int:pk>/active/", accounts.account_set_active, name="account-set-active"),
    path("users/<int:pk>/invitation/", accounts.account_invite, name="account-invite"),
    path("users/<int:pk>/sessions/end/", accounts.account_end_sessions, name="account-end-sessions"),
    path(
        "users/<int:pk>/second-factor/reset/",
        accounts.account_reset_second_factor,
        name="account-reset-second-factor",
    ),
    path("appointments/<int:pk>/end/", accounts.appointment_end, name="appointment-end"),
    path("invitation/<uidb64>/<token>/", accounts.InvitationView.as_view(), name="invitation"),
    path("who-can-see/<str:kind>/<int:pk>/", accounts.who_can_see, name="who-can-see"),
    path("delegations/", delegations.delegation_list, name="delegation-list"),
    path("delegations/<int:pk>/end/", delegations.delegation_end, name="delegation-end"),
    path("me/notices/", notices.notice_list, name="notice-list"),
    path("me/notices/read/", notices.notice_read_all, name="notice-read-all"),
    path("me/notices/<int:pk>/open/", notices.notice_open, name="notice-open"),
    path("me/notices/<int:pk>/read/", notices.notice_read, name="notice-read"),
    path("me/exports/", exports.export_list, name="export-list"),
    path("me/exports/<int:pk>/", exports.export, name="export"),
    path("me/exports/<int:pk>/progress/", exports.export_progress, name="export-progress"),
    path("me/exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("me/exports/<int:pk>/remove/", exports.export_remove, name="export-remove"),
    path("me/tokens/", delegations.token_list, name="token-list"),
    path("me/tokens/<slug:key>/revoke/", delegations.token_revoke, name="token-revoke"),
    path("settings/", settings.setting_list, name="setting-list"),
    path("settings/calendar/", calendar.calendar, name="calendar"),
    path("settings/calendar/clear/", calendar.calendar_clear, name="calendar-clear"),
    path("settings/<slug:code>/", settings.setting, name="setting"),
    path("settings/values/<int:pk>/delete/", settings.setting_delete, name="setting-delete"),
    path("webhooks/", webhooks.webhook_list, name="webhook-list"),
    path("webhooks/new/", webhooks.webhook_new, name="webhook-new"),
    path("webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/edit/", webhooks.webhook_edit, name="webhook-edit"),
    path("webhooks/<int:pk>/secret/", webhooks.webhook_secret, name="webhook-secret"),
    path("webhooks/<int:pk>/test/", webhooks.webhook_test, name="webhook-test"),
    *(
        path(f"webhooks/<int:pk>/{to}/", webhooks.webhook_switch, {"to": to}, name=f"webhook-{to}")
        for to in webhooks.SWITCHES
    ),
    path("webhooks/deliveries/<int:pk>/again/", webhooks.webhook_resend, name="webhook-resend"),
    path("audit/", audit.audit_list, name="audit-list"),
    path("lookups/organisations/", lookups.organisation_options, name="organisation-options"),
    path("lookups/enterprises/", lookups.enterprise_options, name="enterprise-options"),
    path("lookups/accounts/", lookups.account_options, name="account-options"),
]
