from django.urls import path

from activities.views import bookings, rota, venue_figures, venues

urlpatterns = [
    path("venues/", venues.venue_list, name="venue-list"),
    path("venues/new/", venues.venue_new, name="venue-new"),
    path("venues/use/", venue_figures.venue_use, name="venue-use"),
    path("venues/walking/", venue_figures.venue_walking, name="venue-walking"),
    path("venues/walking/enterprises/", venue_figures.venue_walking_list, name="venue-walking-list"),
    path("venues/<int:pk>/", venues.venue, name="venue"),
    path("venues/<int:pk>/use/", venue_figures.venue_months, name="venue-months"),
    path("venues/<int:pk>/edit/", venues.venue_edit, name="venue-edit"),
    path("venues/<int:pk>/hours/", venues.venue_hours, name="venue-hours"),
    path("venues/<int:pk>/days/", venues.venue_days, name="venue-days"),
    path("venues/days/<int:pk>/remove/", venues.venue_day_remove, name="venue-day-remove"),
    path("venues/<int:pk>/close/", venues.venue_close, name="venue-close"),
    path("venues/<int:pk>/keep/", venues.venue_keep, name="venue-keep"),
    path("venues/<int:pk>/rota/", rota.venue_rota, name="venue-rota"),
    path("venues/<int:pk>/rota/new/", rota.shift_new, name="shift-new"),
    path("venues/rota/<int:pk>/edit/", rota.shift_edit, name="shift-edit"),
    path("venues/rota/<int:pk>/end/", rota.shift_end, name="shift-end"),
    path("venues/<int:pk>/calendar/", bookings.venue_calendar, name="venue-calendar"),
    path("venues/<int:pk>/book/", bookings.booking_new, name="booking-new"),
    path("venues/bookings/", bookings.booking_list, name="booking-list"),
    path("venues/bookings/<int:pk>/", bookings.booking, name="booking"),
    path("venues/bookings/<int:pk>/edit/", bookings.booking_edit, name="booking-edit"),
    *(
        path(f"venues/bookings/<int:pk>/{act}/", bookings.booking_act, {"act": act}, name=f"booking-{act}")
        for act in bookings.ACTS
    ),
    path("<int:pk>/venues/", bookings.activity_venues, name="activity-venues"),
]
