from django.urls import path

from activities.views import signing, signup

urlpatterns = [
    path("<int:pk>/sign-in/", signing.desk, name="sign-in-desk"),
    path("<int:pk>/sign-in/panel/", signing.desk_panel, name="sign-in-panel"),
    path("<int:pk>/sign-in/code.svg", signing.desk_image, name="sign-in-image"),
    path("<int:pk>/sign-in/open/", signing.desk_open, name="sign-in-open"),
    path("<int:pk>/sign-in/close/", signing.desk_close, name="sign-in-close"),
    path("<int:pk>/signups/", signup.signup_list, name="signup-list"),
    path("<int:pk>/signups/offer/", signup.offer, name="signup-offer"),
    path("own/", signup.own_activities, name="own-activities"),
    path("own/feed/", signup.own_feed, name="own-feed"),
    path("own/<int:pk>/sign-up/", signup.own_signup, name="own-signup"),
    path("own/<int:pk>/withdraw/", signup.own_withdraw, name="own-withdraw"),
    path("organisations/<int:pk>/feed/", signup.organisation_feed, name="organisation-feed"),
    path("feeds/<str:token>.ics", signup.feed, name="feed"),
    path("s/<uuid:public_id>/", signing.sign_in, name="sign-in"),
    path("s/<uuid:public_id>/<str:code>/", signing.sign_in_code, name="sign-in-code"),
]
