import { Inject, Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { jwtVerify } from 'jose';

export const SECRET = 'SECRET';

export interface AuthenticatedRequest {
  headers: { authorization?: string };
  userId: number;
}

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(@Inject(SECRET) private readonly secret: string) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = request.headers.authorization?.split(' ')[1] ?? '';
    try {
      const { payload } = await jwtVerify(token, Buffer.from(this.secret));
      request.userId = Number(payload.sub);
      return true;
    } catch {
      throw new UnauthorizedException();
    }
  }
}
