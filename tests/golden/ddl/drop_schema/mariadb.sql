DROP SCHEMA IF EXISTS `vm_nowhere`;
