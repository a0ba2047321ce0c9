from django.urls import path

from members.views import dues

urlpatterns = [
    path("dues/", dues.ledger_page, name="dues"),
    path("dues/write/", dues.write, name="dues-write"),
    path("dues/pay/", dues.pay, name="dues-pay"),
    path("dues/arrears/", dues.arrears_page, name="dues-arrears"),
    path("dues/charges/", dues.charge_list, name="dues-charges"),
    path("dues/summary/", dues.summary_page, name="dues-summary"),
    path("dues/summary/export/", dues.summary_export, name="dues-export"),
    path("dues/year/<int:pk>/", dues.refix, name="dues-refix"),
    path("dues/receipts/<int:pk>/", dues.receipt, name="dues-receipt"),
    path("dues/receipts/<int:pk>/reverse/", dues.reverse_receipt, name="dues-reverse"),
    path("<int:pk>/dues/", dues.member_page, name="dues-member"),
    path("<int:pk>/dues/basis/", dues.basis, name="dues-basis"),
    path("<int:pk>/dues/reveal/", dues.reveal, name="dues-reveal"),
    path("<int:pk>/dues/gift/", dues.gift, name="dues-gift"),
]
