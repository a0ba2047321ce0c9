"""How large one science city is: the published figures of the model this portal serves."""

PARK_COMMITTEES = 9  # one in each area, at its first park
PARK_GENERAL_BRANCHES = 51
PARK_JOINT_BRANCHES = 67  # the other parks that lie in no other park: 127 in all

# Below the park organisations and the cluster committees, by the kind of the superior. With the 145 above and the
# platform committee, which takes the place of one branch, 1,704 organisations.
BRANCHES_OF_CLUSTERS = 120
BRANCHES_OF_COMMITTEES = 165
BRANCHES_OF_GENERAL_BRANCHES = 893
JOINT_BRANCHES_OF_COMMITTEES = 60
JOINT_BRANCHES_OF_GENERAL_BRANCHES = 264
TEMP_BRANCHES_OF_COMMITTEES = 10
TEMP_BRANCHES_OF_GENERAL_BRANCHES = 48
LABORATORY_BRANCHES = 113
PLATFORM_BRANCHES = 11
ORGANISATIONS = 1704

ENTERPRISES = 9130
ACTIVE = 9005
CHAIN_ENTERPRISES = 2280
KEY_ENTERPRISES = 571
INSTITUTES = 6

# Active enterprises by how they are covered.
OWN = 640  # the key ones and 69 others
JOINT = 1930
TRADE = 504
ORGANISATION_COVERED = 5634
WORK_COVERED = 8368
ATTACHED = 60
EXPIRED_INSTRUCTORS = 40
EXTRA_INSTRUCTORS = 180  # beside an organisation
SERVICE_TEAMS = 12

MONTHS = 12  # of history, each with its list and survey round
NEW_PER_MONTH = 70
NEW_LAST_MONTH = 214
MISSING_PER_MONTH = 45
MISSING_LAST_MONTH = 57
MOVES = 620  # changes of park or cluster over the months
OLD_NAMES = 185
