import { Injectable } from '@nestjs/common';

/** True after SIGTERM or SIGINT: the server finishes requests in flight, but reports that it is not ready. */
@Injectable()
export class ShutdownState {
  isShuttingDown = false;
}
