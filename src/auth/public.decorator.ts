import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'auth:public';

/** Lets everybody in. Without it a route needs a token. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
