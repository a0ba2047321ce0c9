"""The members of the invented park. Identity numbers are of divisions 9999xx, mobiles 1990000xxxx: nobody's."""
