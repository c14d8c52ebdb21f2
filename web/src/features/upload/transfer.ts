/** One file on its way, by the tus protocol: resumed where it was cut off, also after a reload. */
import { DetailedError, Upload } from "tus-js-client";

import { answer, api, ApiError, Unreachable } from "@/api/client";
import { words } from "@/strings";

import { verdict } from "./verdict";

const ENDPOINT = "/api/v1/uploads";
const CHUNK_BYTES = 8 * 1024 * 1024;

export interface Hearer {
  progress: (sent: number) => void;
  resumed: (at: number) => void;
  done: (media: string) => void;
  /** To be begun again later. */
  again: () => void;
  refused: (why: string) => void;
}

export class Transfer {
  private readonly upload: Upload;
  private readonly hearer: Hearer;
  private readonly file: File;
  private tries = 0;
  private begun = false;
  /** Counts what was wished for: a start that took its time does not undo a pause. */
  private wishes = 0;

  constructor(file: File, hearer: Hearer) {
    this.file = file;
    this.hearer = hearer;
    this.upload = new Upload(file, {
      endpoint: ENDPOINT,
      chunkSize: CHUNK_BYTES,
      metadata: { filename: file.name, filetype: file.type },
      retryDelays: null,
      removeFingerprintOnSuccess: true,
      onProgress: (sent) => {
        this.tries = 0;
        hearer.progress(sent);
      },
      onAfterResponse: (request, response) => {
        const offset = Number(response.getHeader("Upload-Offset") ?? 0);
        if (request.getMethod() === "HEAD" && offset > 0) hearer.resumed(offset);
      },
      onError: (error) => void this.judge(error),
      onSuccess: ({ lastResponse }) => {
        const media = lastResponse.getHeader("Sightline-Media");
        if (media) hearer.done(media);
        else void this.settle();
      },
    });
  }

  /** Begins, or goes on from where it is. */
  async start(): Promise<void> {
    this.wishes += 1;
    const { wishes } = this;
    if (!this.begun) {
      const [before] = await this.upload.findPreviousUploads();
      if (wishes !== this.wishes) return;
      this.begun = true;
      if (before) this.upload.resumeFromPreviousUpload(before);
    }
    this.upload.start();
  }

  async pause(): Promise<void> {
    this.wishes += 1;
    await this.upload.abort();
  }

  /** Nothing of it stays on the server. */
  async cancel(): Promise<void> {
    this.wishes += 1;
    try {
      await this.upload.abort(true);
    } catch {
      // What could not be deleted expires there by itself.
    }
  }

  /** The server has it all and has not said yet what it is. */
  private async settle(): Promise<void> {
    const id = this.upload.url?.split("/").at(-1) ?? "";
    try {
      const path = { id };
      const told = await answer(api.GET("/api/v1/uploads/{id}", { params: { path } }));
      if (told.media) this.hearer.done(told.media);
      else this.hearer.again();
    } catch (error) {
      if (error instanceof Unreachable) this.hearer.again();
      else if (error instanceof ApiError) this.hearer.refused(error.message);
      else throw error;
    }
  }

  private async judge(error: Error | DetailedError): Promise<void> {
    const response = error instanceof DetailedError ? error.originalResponse : null;
    if (!response && !(await this.readable())) {
      this.hearer.refused(words.upload.refused.unread);
      return;
    }
    this.tries += 1;
    const judged = verdict(response?.getStatus() ?? null, response?.getBody() ?? "", this.tries);
    if (judged.kind === "again") {
      this.hearer.again();
      return;
    }
    if (judged.gone) await this.forget();
    this.hearer.refused(judged.why);
  }

  /** The browser does not remember it any more; sent again, it begins anew. */
  private async forget(): Promise<void> {
    this.upload.url = null;
    for (const { urlStorageKey } of await this.upload.findPreviousUploads()) {
      localStorage.removeItem(urlStorageKey);
    }
  }

  /** A file that was moved or changed since fails like a lost connection does. */
  private async readable(): Promise<boolean> {
    try {
      await this.file.slice(0, 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }
}
