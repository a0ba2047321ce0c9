"""What every page is drawn with: icons, figures, sort links, saved filters, the side bar."""

from dataclasses import dataclass

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html

from orgs.models import SavedFilter

register = template.Library()

POSITION = ("after", "before")


@register.simple_tag
def icon(name, extra_class=""):
    """A symbol of static/icons.svg; decoration only, the words beside it carry the meaning."""
    return format_html(
        '<svg class="icon {}" width="20" height="20" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        extra_class,
        static("icons.svg"),
        name,
    )


@register.filter
def percent(share):
    """0.6257 → “62.6%”; nothing to divide by → “—”."""
    return "—" if share is None or share == "" else f"{share * 100:.1f}%"


@register.filter
def whole_percent(share):
    """0.996 → “99%”: what is not whole never shows as whole. Half a millionth is the error of a division."""
    return f"{int(share * 100 + 5e-7)}%"


@register.filter
def number(value):
    """9130 → “9,130”; None → “—”."""
    return "—" if value is None or value == "" else f"{value:,}"


# First match wins: Edge and others call themselves Chrome as well.
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "鸿蒙"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def device_name(user_agent):
    """“Chrome · Windows” of a browser's long self-description."""
    parts = [
        next((label for mark, label in table if mark in user_agent), "") for table in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, parts)) or "其他设备"


def query_without_position(request):
    """The page's query without its place in the list: what a new order or a saved filter starts from."""
    query = request.GET.copy()
    for key in POSITION:
        query.pop(key, None)
    return query


@register.inclusion_tag("shared/_sort_header.html", takes_context=True)
def sort_header(context, page, name, label):
    """A column heading that sorts by `name`, turns round on the second click and keeps the filters."""
    sorted_by_this = page.sort.lstrip("-") == name
    descending = sorted_by_this and page.sort.startswith("-")
    query = query_without_position(context["request"])
    query["sort"] = f"-{name}" if sorted_by_this and not descending else name
    return {
        "label": label,
        "query": query.urlencode(),
        "sorted_by_this": sorted_by_this,
        "descending": descending,
    }


@register.inclusion_tag("shared/_saved_filters_body.html", takes_context=True)
def saved_filters(context):
    """The person's saved filters of this page, and the form that saves the present one."""
    request = context["request"]
    page = request.resolver_match.view_name
    return {
        "csrf_token": context.get("csrf_token"),
        "filters": SavedFilter.objects.filter(user=request.user, page=page).order_by("name"),
        "page_name": page,
        "path": request.path,
        "query": query_without_position(request).urlencode(),
    }


@dataclass(frozen=True)
class Entry:
    """A line of the side bar. `may` is a key of the `menu` of an app's `access` ("" for everybody).

    An entry without an icon stands on the second level. `names` are the URL names at which it is the current one;
    without them the page's `section` decides.
    """

    label: str
    url_name: str
    section: str
    icon: str = ""
    may: str = ""
    names: tuple[str, ...] = ()

    def is_current(self, section, url_name):
        if self.names:
            return url_name in self.names
        return section == self.section and url_name not in CLAIMED


ENTRIES = (
    Entry("工作台", "portal:home", "home", "home"),
    Entry("驾驶舱", "portal:dashboard", "dashboard", "chart-bar", "statistics"),
    Entry("榜单", "portal:leaderboards", "leaderboards", may="statistics"),
    Entry("考核指数", "portal:assessment-list", "assessments", may="statistics"),
    Entry("报表", "portal:report-list", "reports", may="statistics"),
    Entry("组织", "orgs:organisation-list", "organisations", "sitemap", "organisations"),
    Entry("园区", "orgs:park-list", "organisations", may="organisations", names=("park-list", "park")),
    Entry("企业与覆盖", "orgs:enterprise-list", "enterprises", "building", "enterprises"),
    Entry("覆盖台账", "orgs:coverage-list", "coverage", may="enterprises"),
    Entry("应建未建", "orgs:should-found", "should_found", may="enterprises", names=("should-found",)),
    Entry("摸排", "orgs:survey-round-list", "surveys", may="enterprises"),
    Entry("走访", "orgs:visit-task-list", "visits", may="enterprises"),
    Entry("党员", "members:member-list", "members", "user-check", "members"),
    Entry("发展党员", "members:recruiting", "recruiting", may="members"),
    Entry("组织关系", "members:transfer-list", "transfers", may="members"),
    Entry("党费", "members:dues", "dues", may="members"),
    Entry("先锋与人才", "members:pioneers", "people", may="members"),
    Entry("活动", "activities:activity-list", "activities", "calendar-event", "activities"),
    Entry("参与情况", "activities:participation-list", "participation", may="activities"),
    Entry("组织生活", "activities:duties", "duties", may="activities"),
    Entry("教育培训", "activities:training-list", "training", may="activities"),
    Entry("学习清单", "activities:study-list", "studies", may="activities"),
    Entry("服务记录", "activities:service-list", "services", may="activities"),
    Entry("阵地", "activities:venue-list", "venues", may="activities"),
    Entry("联建共建", "linkages:agreement-list", "agreements", "link", "agreements"),
    Entry("联建网络", "linkages:network", "network", may="partners"),
    Entry("党建联盟", "linkages:alliance-list", "alliances", may="agreements"),
    Entry("三张清单", "linkages:need-list", "lists", may="agreements"),
    Entry("订单", "linkages:order-list", "orders", "list-check", "orders"),
    Entry("吹哨报到", "linkages:whistle-list", "orders", may="orders", names=("whistle-list",)),
    Entry("点单", "linkages:own-orders", "own_orders", "send", "own_orders"),
    Entry("揭榜挂帅", "linkages:challenge-list", "challenges", may="challenges"),
    Entry("项目领办", "linkages:commitment-list", "commitments", may="commitments"),
    Entry("科技副总和产业教授", "linkages:secondment-list", "secondments", may="secondments"),
    Entry("政策直达", "linkages:policy-list", "policies", may="policies"),
    Entry("惠企政策", "linkages:own-policies", "own_policies", "file", "own_policies"),
    Entry("我的党员信息", "members:own-record", "own", "id", "own_record"),
    Entry("我的活动", "activities:own-activities", "own_activities", may="own_record"),
    Entry("我的学习", "activities:own-studies", "own_studies", may="own_record"),
    Entry("导入", "imports:run-list", "imports", "file-upload", "imports"),
    Entry("账号与授权", "orgs:account-list", "accounts", "users", "accounts"),
    Entry("审计", "orgs:audit-list", "audit", "shield-check", "audit"),
    Entry("系统设置", "orgs:setting-list", "settings", "settings", "settings"),
    Entry("事件推送", "orgs:webhook-list", "webhooks", may="webhooks"),
    Entry("群机器人", "portal:robot-list", "robots", may="webhooks"),
    Entry("订单事项", "linkages:order-kind-list", "order_kinds", may="order_kinds"),
)
CLAIMED = {name for entry in ENTRIES for name in entry.names}


@register.simple_tag(takes_context=True)
def menu_entries(context):
    """The entries this person may open, as dictionaries for the template."""
    may = context.get("may", {})
    match = getattr(context.get("request"), "resolver_match", None)
    section, url_name = context.get("section"), match.url_name if match else None
    return [
        {
            "label": entry.label,
            "icon": entry.icon,
            "url": reverse(entry.url_name),
            "current": entry.is_current(section, url_name),
        }
        for entry in ENTRIES
        if not entry.may or may.get(entry.may)
    ]
