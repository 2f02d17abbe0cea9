ALTER TABLE `members` ADD CONSTRAINT `pk_members` PRIMARY KEY (`user_id`, `team_id`);
