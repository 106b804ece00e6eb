import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { CourseModulesRepository } from './course-modules.repository.js';
import { LoginChecker } from './login-checker.js';
import { MoodleAuthenticator } from './moodle-authenticator.js';
import { MoodleClient } from './moodle-client.js';
import { MoodleVerifier } from './moodle-verifier.js';

@Module({
  imports: [AuthModule],
  providers: [MoodleClient, CourseModulesRepository, LoginChecker, MoodleVerifier, MoodleAuthenticator],
  exports: [MoodleAuthenticator],
})
export class MoodleModule {}
