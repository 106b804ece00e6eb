import { Injectable } from '@nestjs/common';

/** Whether the server has been told to stop. It answers on, but wants no new callers. */
@Injectable()
export class ShutdownState {
  isShuttingDown = false;
}
