from django.urls import path

from members.views import plans, points, recruiting

urlpatterns = [
    path("recruiting/", recruiting.board, name="recruiting"),
    path("recruiting/list/", recruiting.case_list, name="recruiting-list"),
    path("recruiting/new/", recruiting.case_new, name="case-new"),
    path("recruiting/adopt/", recruiting.adopt, name="case-adopt"),
    path("recruiting/plan/", plans.recruitment_plan, name="recruitment-plan"),
    path("recruiting/plan/export/", plans.recruitment_plan_export, name="recruitment-plan-export"),
    path("recruiting/plan/<int:pk>/", plans.recruitment_plan_edit, name="recruitment-plan-edit"),
    path("recruiting/points/", points.points_ranking, name="points-ranking"),
    path("recruiting/points/export/", points.points_export, name="points-export"),
    path("recruiting/points/<int:pk>/withdraw/", points.point_withdraw, name="point-withdraw"),
    path("recruiting/criteria/", points.point_criteria, name="point-criteria"),
    path("recruiting/criteria/new/", points.criterion_new, name="criterion-new"),
    path("recruiting/criteria/adopt/", points.criteria_adopt, name="criteria-adopt"),
    path("recruiting/criteria/<int:pk>/", points.criterion_edit, name="criterion-edit"),
    path("recruiting/criteria/<int:pk>/end/", points.criterion_end, name="criterion-end"),
    path("recruiting/<int:pk>/points/", points.point_add, name="point-add"),
    path("recruiting/<int:pk>/", recruiting.case_detail, name="case"),
    path("recruiting/<int:pk>/step/<int:number>/", recruiting.case_step, name="case-step"),
    path("recruiting/<int:pk>/edit/", recruiting.case_edit, name="case-edit"),
    path("recruiting/<int:pk>/reveal/", recruiting.case_reveal, name="case-reveal"),
    path("recruiting/<int:pk>/reverse/", recruiting.case_reverse, name="case-reverse"),
    path("recruiting/<int:pk>/stop/", recruiting.case_stop, name="case-stop"),
    path("recruiting/<int:pk>/move/", recruiting.case_move, name="case-move"),
]
