"""The particulars of a person: of a member, and of somebody who wants to become one."""

from django.db import models

from members.choices import Education, IdentityType, Occupation, Sex, Title
from orgs.fields import EncryptedTextField, mask_identity, mask_phone


class Person(models.Model):
    """`employer_code` is plain text: the employer may not be in the register of enterprises."""

    name = models.CharField("姓名", max_length=50)
    pinyin = models.CharField("姓名拼音", max_length=120, editable=False)
    identity_type = models.CharField(
        "证件类型", max_length=10, choices=IdentityType, default=IdentityType.RESIDENT
    )
    identity_number = EncryptedTextField("证件号码")
    mobile = EncryptedTextField("手机号码")
    sex = models.CharField("性别", max_length=6, choices=Sex)
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    education = models.CharField("学历", max_length=12, choices=Education, blank=True)
    title = models.CharField("专业技术职称", max_length=12, choices=Title, blank=True)
    occupation = models.CharField("职业", max_length=12, choices=Occupation, blank=True)
    position = models.CharField("职务", max_length=50, blank=True)
    is_research = models.BooleanField("研发人员", null=True, blank=True)
    employer_code = models.CharField("工作单位信用代码", max_length=18, blank=True, db_index=True)
    employer_name = models.CharField("工作单位", max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    @property
    def masked_identity(self):
        return mask_identity(self.identity_number)

    @property
    def masked_mobile(self):
        return mask_phone(self.mobile)
