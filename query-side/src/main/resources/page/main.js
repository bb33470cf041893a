import "./frame.js";
import { live } from "./live.js";

live.start();
